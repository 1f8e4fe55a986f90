"""Take users' next numbers: one statement counts them up and locks their rows, until the transaction ends."""

from collections.abc import Mapping
from functools import cache

from django.db import connection
from django.db.models.functions import Now

from realtime.models import EventStream, random_name

COLUMNS = ("user_id", "epoch", "last_seq", "floor_seq")
TABLE = EventStream._meta.db_table
TAKE = f"""
    INSERT INTO {TABLE} ({", ".join(COLUMNS)}) VALUES {{rows}}
    ON CONFLICT (user_id) DO UPDATE SET last_seq = {TABLE}.last_seq + excluded.last_seq
    RETURNING {", ".join(COLUMNS)}, CASE WHEN relayed_until > {{now}} THEN relay_secret ELSE '' END
"""  # nosec B608  # names of our own


def take(counts: Mapping[int, int]) -> list[EventStream]:
    """Give each user so many numbers more. Returns their rows as they are then; missing ones are created.

    A row has its `relay_secret` only while somebody may hear the user's topic.
    The rows are locked in the mapping's order, which has to be by user: a bulk UPDATE locks in any order, and two of
    them deadlock (RULES R8).
    """
    rows = ", ".join(["(%s, %s, %s, 0)"] * len(counts))
    values = [value for user_id, count in counts.items() for value in (user_id, random_name(), count)]
    with connection.cursor() as cursor:
        cursor.execute(TAKE.format(rows=rows, now=_now(connection.vendor)), values)
        names = (*COLUMNS, "relay_secret")
        return [EventStream(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


@cache
def _now(vendor: str) -> str:
    """Write the database's time in its own SQL."""
    query = EventStream.objects.all().query
    return str(query.get_compiler(connection=connection).compile(Now().resolve_expression(query))[0])


def raise_floor(stream: EventStream, to: int) -> None:
    """Note that the user's events up to this number may be gone: an older cursor gets `reset` (RULES R2)."""
    EventStream.objects.filter(pk=stream.pk).update(floor_seq=to)
