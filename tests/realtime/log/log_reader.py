"""Reads a user's log as a stream does: its events, their numbers, or why it cannot go on."""

from django.contrib.auth.models import User

from realtime.log import reading
from realtime.stream.sse import Cursor
from tests.support.event_source import Frame, parse


def cursor(user: User, seq: int) -> Cursor:
    return Cursor(reading.head(user.pk).epoch, seq)


def read(user_id: int, place: Cursor, limit: int | None = None) -> reading.Slice | reading.Reset:
    """Read one page of one user."""
    return reading.read([(user_id, place)], limit)[user_id, place]


def read_all(user: User, seq: int = 0) -> list[Frame]:
    found = read(user.pk, cursor(user, seq), limit=100_000)
    assert isinstance(found, reading.Slice)
    return parse(b"".join(found.frames))


def numbers(user: User) -> list[int]:
    return [event.seq for event in read_all(user)]


def why(user: User, asked: Cursor) -> str:
    answer = read(user.pk, asked)
    assert isinstance(answer, reading.Reset)
    assert answer.head == reading.head(user.pk)
    return answer.reason
