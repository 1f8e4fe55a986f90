"""Take users' next numbers, and store the events that have got theirs: a statement each, however many there are.

The rows of such a statement are one parameter, a JSON list of lists, which the database reads as a table. To write and
bind each value by itself costs more than to store it.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from realtime.models import EventStream, StoredEvent, random_name

COLUMNS = ("user_id", "epoch", "last_seq", "floor_seq")
STREAMS, EVENTS = EventStream._meta.db_table, StoredEvent._meta.db_table
TAKE = f"""
    INSERT INTO {STREAMS} ({", ".join(COLUMNS)})
    SELECT user_id, epoch, events, 0 FROM {{given}} WHERE TRUE ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET last_seq = {STREAMS}.last_seq + excluded.last_seq
    RETURNING {", ".join(COLUMNS)}, CASE WHEN relayed_until > {{now}} THEN relay_secret ELSE '' END
"""  # nosec B608  # names of our own
STORE = f"""
    INSERT INTO {EVENTS} (user_id, seq, type, payload, created_at)
    SELECT user_id, seq, type, payload, %s FROM {{given}}
"""  # nosec B608  # names of our own


class Taken(NamedTuple):
    """A user's row as it is once their numbers are taken: the newest is `last_seq`."""

    user_id: int
    epoch: str
    last_seq: int
    floor_seq: int
    relay_secret: str


class Numbered(NamedTuple):
    """An event with its number; the payload is encoded."""

    user_id: int
    seq: int
    type: str
    payload: str


def take(counts: Mapping[int, int]) -> list[Taken]:
    """Give each user so many numbers more, and lock their rows. Returns these; missing ones are created.

    A row has its `relay_secret` only while somebody may hear the user's topic.
    The rows are locked by user, in one order: a bulk UPDATE locks in any order, and two of them deadlock (RULES R8).
    """
    given = _given(connection.vendor, user_id="bigint", epoch="text", events="bigint")
    users = [(user_id, random_name(), count) for user_id, count in counts.items()]
    with connection.cursor() as cursor:
        cursor.execute(TAKE.format(given=given, now=_now(connection.vendor)), [json.dumps(users)])
        return [Taken(*row) for row in cursor.fetchall()]


def store(events: Sequence[Numbered]) -> None:
    """Insert the events."""
    given = _given(connection.vendor, user_id="bigint", seq="bigint", type="text", payload="text")
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(STORE.format(given=given), [now, json.dumps(events)])


def raise_floor(user_id: int, to: int) -> None:
    """Note that the user's events up to this number may be gone: an older cursor gets `reset` (RULES R2)."""
    EventStream.objects.filter(user_id=user_id).update(floor_seq=to)


@cache
def _now(vendor: str) -> str:
    """Write the database's time in its own SQL."""
    query = EventStream.objects.all().query
    return str(query.get_compiler(connection=connection).compile(Now().resolve_expression(query))[0])


@cache
def _given(vendor: str, **types: str) -> str:
    """Write the table of one parameter in the database's own SQL: its columns in the lists' order, and their types."""
    if vendor == "postgresql":
        columns = [f"(row ->> {place})::{type_} AS {name}" for place, (name, type_) in enumerate(types.items())]
        return f"(SELECT {', '.join(columns)} FROM json_array_elements(%s::json) AS row) AS given"  # nosec B608
    columns = [f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(types)]
    return f"(SELECT {', '.join(columns)} FROM json_each(%s)) AS given"  # nosec B608
