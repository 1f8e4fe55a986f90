"""One look at a room: its members, and which of them have it on a screen. One query, whose time orders all looks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

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
    """Ask this function for the users who may see a room: none for a room that it does not know.

    It may annotate them with `tells_inner`: whether they are told which rooms within it the others show.
    """
    _audiences.append(audience)


class Page(NamedTuple):
    """A page that shows the room: its state, and the room within that it shows, if any."""

    state: str
    inner: str = ""


class Shown(NamedTuple):
    """What the others see of a person: a state, empty without any page, and one for each room within."""

    state: str
    inner: dict[str, str]


def shown(pages: Iterable[Page]) -> Shown:
    """Return what the others see of a person with these pages: the strongest states."""
    states: dict[str, list[str]] = {}
    for page in pages:
        states.setdefault(page.inner, []).append(page.state)
    inner = {room: _strongest(states[room]) for room in sorted(states) if room}
    return Shown(_strongest(chain.from_iterable(states.values())), inner)


@dataclass
class Member:
    """A user who may see the room. `pages` are those that show it, by their clients."""

    name: str
    hides: bool
    pages: dict[str, Page] = field(default_factory=dict)

    @property
    def shown(self) -> Shown:
        """What the others see of them."""
        return shown(self.pages.values())


@dataclass
class Scene:
    """A room at one moment: `at` is the database's time in milliseconds; `tells_inner` as in `seen_by`."""

    room: str
    at: int = 0
    tells_inner: bool = False
    members: dict[int, Member] = field(default_factory=dict)

    def payload_for(self, user_id: int) -> dict[str, Any]:
        """Return the whole list as this user is told it: the others, those first who are awake."""
        others = [person for person in self._people if person["id"] != user_id]
        return {"room": self.room, "at": self.at, "people": others[:MOST_PEOPLE]}

    @cached_property
    def _people(self) -> list[dict[str, Any]]:
        """As many as anybody is told, put in order once for all members."""
        there = {pk: member.shown for pk, member in self.members.items() if member.pages}
        names = {pk: self.members[pk].name for pk in there}
        ordered = sorted(there, key=lambda pk: (-_strength(there[pk].state), names[pk].casefold(), pk))
        return [{"id": pk, "name": names[pk], **_told(there[pk])} for pk in ordered[: MOST_PEOPLE + 1]]


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
            inner=F("there__inner"),
            hides=Exists(HiddenUser.objects.filter(user=OuterRef("pk"))),
        ):
            scene.at = _milliseconds(user.now)
            scene.tells_inner = getattr(user, "tells_inner", False)
            member = scene.members.setdefault(user.pk, Member(name_of(user), user.hides))
            if user.client is not None and not user.hides:
                member.pages[user.client] = Page(user.state, user.inner if scene.tells_inner else "")
    return scene


def _told(seen: Shown) -> dict[str, Any]:
    return {"state": seen.state, **({"inner": seen.inner} if seen.inner else {})}


def _strongest(states: Iterable[str]) -> str:
    return max(states, key=_strength, default="")


def _strength(state: str) -> int:
    return _STRENGTH.get(state, -1)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


def name_of(user: User) -> str:
    """Return what others are told: the full name, or the username without what makes an address of it."""
    return user.get_full_name() or user.get_username().partition("@")[0] or str(user.pk)
