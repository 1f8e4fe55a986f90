"""Read the event log: where users stand, and what follows a cursor without a hole. All of it for many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection

from realtime.models import EventStream, StoredEvent
from realtime.pieces import pieces
from realtime.stream import sse

PAGE_SIZE = 128
PAGE_BYTES = 131_072  # of payloads, and one event at least: what each stream that catches up holds in memory
BACKLOG_LIMIT = 5_000  # beyond this, reading the state again is cheaper than replaying how it came about
PLACES = 64  # in one query

Place = tuple[int, sse.Cursor]  # a user, and the last event that they have
Row = tuple[int, str, str, object]

# Whole numbers are written into both queries, since hundreds of variables cost more than the rows that they find.
_STREAMS = "SELECT user_id, epoch, last_seq, floor_seq FROM realtime_eventstream WHERE user_id IN ({user_ids})"
# One index scan each: of any other query over many users a database may make a walk through the whole log. Only a
# page's first row tells when it was stored: the driver reads times slowly.
_PAGE = """
    SELECT {number:d}, seq, type, payload, CASE WHEN before = 0 THEN created_at END FROM (
        SELECT seq, type, payload, created_at, sum(length(payload)) OVER (ORDER BY seq) - length(payload) AS before
        FROM realtime_storedevent WHERE user_id = {user_id:d} AND seq > {after:d} AND seq <= {last:d}
    ) AS page WHERE before < {page_bytes:d}
"""


class _Stream(NamedTuple):
    """A row of EventStream, without a model's price."""

    epoch: str
    last_seq: int
    floor_seq: int


@dataclass(frozen=True)
class Slice:
    """Events cursor+1.. in order, and the head that was read before them."""

    head: sse.Cursor
    frames: list[bytes]
    last: sse.Cursor
    stored_at: float = 0.0  # the first one's time, in seconds since 1970


@dataclass(frozen=True)
class Reset:
    """The cursor cannot be continued: `reason` is epoch, expired, ahead or backlog; go on from `head`."""

    head: sse.Cursor
    reason: str


def head(user_id: int) -> sse.Cursor:
    """Return the user's newest position. Read it before the page's own query: the page is then never older."""
    return heads_of_all([user_id])[user_id]


def heads_of_all(user_ids: Collection[int]) -> dict[int, sse.Cursor]:
    """Return the newest position of each user; one who had none yet has one now."""
    return {user_id: _head(stream) for user_id, stream in _streams(user_ids).items()}


def heads(user_ids: Iterable[int]) -> dict[int, sse.Cursor]:
    """Return the newest positions of many users; users without a row are left out."""
    return {user_id: _head(stream) for user_id, stream in _found(user_ids).items()}


def read(places: Collection[Place], limit: int | None = None) -> dict[Place, Slice | Reset]:
    """Return for each place a page of the events after it, at most `limit` of them (None: PAGE_SIZE).

    It has no hole; where one would be, a Reset says why.
    """
    streams = _streams({user_id for user_id, _ in places})
    answers: dict[Place, Slice | Reset] = {}
    behind: dict[Place, int] = {}
    for place in places:
        user_id, cursor = place
        newest = _head(streams[user_id])
        if reason := _broken(streams[user_id], cursor):
            answers[place] = Reset(newest, reason)
        elif cursor == newest:
            answers[place] = Slice(newest, [], cursor)
        else:
            behind[place] = min(newest.seq, cursor.seq + (limit or PAGE_SIZE))
    for piece in pieces(behind, PLACES):
        found = _rows({place: behind[place] for place in piece})
        for place in piece:
            answers[place] = _page(_head(streams[place[0]]), place, behind[place], found[place])
    return answers


def told_since(user_id: int, position: str) -> list[tuple[str, str]]:
    """Return type and payload of each event that the user was told after a position, as a page names it.

    None are told if the log does not go on from there, or from nowhere: then nobody can say.
    """
    try:
        cursor = sse.parse_cursor(position)
    except sse.BadCursor:
        return []
    if _broken(_streams([user_id])[user_id], cursor):
        return []
    later = StoredEvent.objects.filter(user_id=user_id, seq__gt=cursor.seq).order_by("seq")
    return list(later.values_list("type", "payload"))


def _streams(user_ids: Collection[int]) -> dict[int, _Stream]:
    """Return each user's row; one who has none gets it. Raises IntegrityError for a user who does not exist."""
    found = _found(user_ids)
    if missing := set(user_ids) - found.keys():
        new = [EventStream(user_id=user_id) for user_id in sorted(missing)]
        EventStream.objects.bulk_create(new, ignore_conflicts=True)
        found |= _found(missing)
    return found


def _found(user_ids: Iterable[int]) -> dict[int, _Stream]:
    """Return the rows that there are, some hundreds a query."""
    found: dict[int, _Stream] = {}
    with connection.cursor() as cursor:
        for piece in pieces(user_ids):
            cursor.execute(_STREAMS.format(user_ids=",".join(f"{user_id:d}" for user_id in piece)))
            found |= {user_id: _Stream(*row) for user_id, *row in cursor.fetchall()}
    return found


def _head(stream: _Stream) -> sse.Cursor:
    return sse.Cursor(stream.epoch, stream.last_seq)


def _broken(stream: _Stream, cursor: sse.Cursor) -> str:
    """Return why the log cannot go on from the cursor; empty if it can."""
    if cursor.epoch != stream.epoch:
        return "epoch"
    if cursor.seq > stream.last_seq:
        return "ahead"
    if cursor.seq < stream.floor_seq:
        return "expired"
    return "backlog" if stream.last_seq - cursor.seq > BACKLOG_LIMIT else ""


def _rows(behind: dict[Place, int]) -> dict[Place, list[Row]]:
    """Read the events after each place up to the given number, and not many more bytes than a page has."""
    places = list(behind)
    query = "UNION ALL".join(
        _PAGE.format(number=number, user_id=user_id, after=after.seq, last=last, page_bytes=PAGE_BYTES)
        for number, ((user_id, after), last) in enumerate(behind.items())
    )
    rows: dict[Place, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(f"{query} ORDER BY 1, 2")
        for number, *row in cursor.fetchall():
            rows[places[number]].append(tuple(row))
    return rows


def _page(newest: sse.Cursor, place: Place, last: int, rows: list[Row]) -> Slice | Reset:
    user_id, cursor = place
    if sum(len(payload) for _, _, payload, _ in rows) >= PAGE_BYTES:
        last = rows[-1][0]
    if [seq for seq, *_ in rows] != list(range(cursor.seq + 1, last + 1)):
        return Reset(head(user_id), "expired")  # pruned between the two queries
    frames = [sse.frame(type_, sse.Cursor(newest.epoch, seq), payload) for seq, type_, payload, _ in rows]
    return Slice(newest, frames, sse.Cursor(newest.epoch, last), _seconds(rows[0][3]))


def _seconds(stored: object) -> float:
    """Return seconds since 1970 of a time as the database gives it: SQLite writes text, in UTC without saying so."""
    moment = datetime.fromisoformat(str(stored))
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
