"""Who is chosen to hear through Supabase, and what a change of that asks for."""

import time
from collections.abc import Container, Iterable
from zlib import crc32

from django.contrib.auth import get_user_model
from django.db import transaction

from realtime.log import reading
from realtime.models import Rollout
from realtime.pieces import pieces
from realtime.transport import installation
from realtime.transport.supabase import hearers, publisher
from realtime.transport.supabase.hearers import Topic
from realtime.transport.supabase.relay import Broadcast

BYES_A_SECOND = 25  # the smallest plan carries a hundred messages a second, deliveries included


def chosen(rollout: Rollout, user_ids: Iterable[int]) -> set[int]:
    """Return those of the users who are named, in a named group, or within the percentage.

    The percentage is sticky and monotone: raising it takes nobody out, and lowering it removes the last that came in.
    """
    wanted = set(user_ids)
    found = {user_id for user_id in wanted if _place(user_id) < rollout.percent}
    if rollout._state.adding:  # nobody has made the row yet
        return found
    for piece in pieces(wanted - found):
        found.update(rollout.users.filter(pk__in=piece).values_list("pk", flat=True))
        members = get_user_model().objects.filter(groups__in=rollout.groups.all(), pk__in=piece)
        found.update(members.values_list("pk", flat=True))
    return found


def count() -> tuple[int, int]:
    """Return how many of the active users are chosen, and how many there are."""
    users = list(get_user_model().objects.filter(is_active=True).values_list("pk", flat=True))
    return len(chosen(Rollout.current(), users)), len(users)


def sample(size: int, staying: Container[int]) -> list[int]:
    """Return so many of the active users who are chosen: those who stay, then those with the most events."""
    users = get_user_model().objects.filter(is_active=True).values_list("pk", flat=True)
    found = chosen(Rollout.current(), users)
    heads = reading.heads(found)
    newest = {user_id: heads[user_id].seq if user_id in heads else 0 for user_id in found}
    return sorted(found, key=lambda user_id: (user_id not in staying, -newest[user_id], user_id))[:size]


def settle(before: str) -> list[Topic]:
    """Let go of all who are not to be heard after a change; `before` is the stage that was. Returns their topics.

    Call it in the transaction of the change; after the commit nothing more is sent there, and say_bye() may begin.
    """
    with transaction.atomic():
        rollout = Rollout.locked()
        leaves_on = before == Rollout.Stage.ON != rollout.stage  # a page that listens has to go, chosen or not
        if rollout.stage == Rollout.Stage.OFF or leaves_on:
            return hearers.let_go(staying=())
        return hearers.let_go(staying=chosen(rollout, hearers.everybody()))


def say_bye(topics: list[Topic]) -> None:
    """Tell the pages at these topics to ask for a ticket now; as many a second as the plan may carry, for a minute."""
    for piece in pieces(topics[: BYES_A_SECOND * publisher.BYE_SECONDS], BYES_A_SECOND):
        publisher.send_soon(Broadcast.farewell(user_id, secret, "transport") for user_id, secret in piece)
        if len(piece) == BYES_A_SECOND:
            time.sleep(1)


def _place(user_id: int) -> int:
    """Return the user's place among a hundred, which is always the same."""
    return crc32(f"{installation.name()}:{user_id}".encode()) % 100
