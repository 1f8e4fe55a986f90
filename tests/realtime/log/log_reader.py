"""Reads a user's log as a stream does: its events, their numbers, or why it cannot go on."""

from django.contrib.auth.models import User

from realtime.log import eventlog
from realtime.stream.sse import Cursor
from tests.support.event_source import Frame, parse


def cursor(user: User, seq: int) -> Cursor:
    return Cursor(eventlog.head(user.pk).epoch, seq)


def read_all(user: User, seq: int = 0) -> list[Frame]:
    found = eventlog.read(user.pk, cursor(user, seq), limit=100_000)
    assert isinstance(found, eventlog.Slice)
    return parse(b"".join(found.frames))


def numbers(user: User) -> list[int]:
    return [event.seq for event in read_all(user)]


def why(user: User, asked: Cursor) -> str:
    answer = eventlog.read(user.pk, asked)
    assert isinstance(answer, eventlog.Reset)
    assert answer.head == eventlog.head(user.pk)
    return answer.reason
