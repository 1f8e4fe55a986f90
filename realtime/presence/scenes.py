"""One look at a room: its members, and which of them have it on a screen. One query, whose time orders all looks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from realtime.models import HiddenUser

STATES = ("idle", "viewing", "replying")  # the strongest of their pages is a person's
_STRENGTH = {state: number for number, state in enumerate(STATES)}  # a newer release may write others
LEFT = "left"  # hidden, or going
MOST_PEOPLE = 20

Audience = Callable[[str], QuerySet[User]]

_audiences: list[Audience] = []


def seen_by(audience: Audience) -> None:
    """Ask this function for the users who may see a room: none for a room that it does not know."""
    _audiences.append(audience)


def strongest(states: Iterable[str]) -> str:
    """Return what is shown of a person with pages in these states; empty without any."""
    return max(states, key=_strength, default="")


@dataclass
class Member:
    """A user who may see the room. `pages` maps the clients that show it to their states."""

    name: str
    hides: bool
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """What is shown of them; empty while the room is on none of their screens."""
        return strongest(self.pages.values())


@dataclass
class Scene:
    """A room at one moment: `at` is the database's time in milliseconds."""

    room: str
    at: int = 0
    members: dict[int, Member] = field(default_factory=dict)

    def payload_for(self, user_id: int) -> dict[str, Any]:
        """Return the whole list as this user is told it: the others, those first who are awake."""
        others = {pk: member for pk, member in self.members.items() if pk != user_id and member.state}
        ordered = sorted(others, key=lambda pk: (-_strength(others[pk].state), others[pk].name.casefold(), pk))
        people = [{"id": pk, "name": others[pk].name, "state": others[pk].state} for pk in ordered[:MOST_PEOPLE]]
        return {"room": self.room, "at": self.at, "people": people}


def look(room: str) -> Scene:
    """Read the room as it is now."""
    scene = Scene(room)
    there = FilteredRelation("viewers", condition=Q(viewers__room=room, viewers__seen_until__gt=Now()))
    for audience in _audiences:
        users: Any = audience(room).filter(is_active=True).defer("password")
        for user in users.annotate(
            there=there,
            now=Now(),
            client=F("there__client"),
            state=F("there__state"),
            hides=Exists(HiddenUser.objects.filter(user=OuterRef("pk"))),
        ):
            scene.at = _milliseconds(user.now)
            member = scene.members.setdefault(user.pk, Member(name_of(user), user.hides))
            if user.client is not None and not user.hides:
                member.pages[user.client] = user.state
    return scene


def _strength(state: str) -> int:
    return _STRENGTH.get(state, -1)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


def name_of(user: User) -> str:
    """Return what others are told: the full name, or the username without what makes an address of it."""
    return user.get_full_name() or user.get_username().partition("@")[0] or str(user.pk)
