"""Users and events for the tests of the log and the stream."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from realtime.log import eventlog, reading
from realtime.models import EventStream
from realtime.stream import hub, session_watch
from realtime.transport import publish
from tests.realtime.happened import Happened

MakeEvents = Callable[..., None]
# The cursors that `cut_logs_head` does not go on from, and why; `{epoch}` is its own.
RESETS = [
    ("other-1", "epoch"),
    ("{epoch}-9", "ahead"),
    ("{epoch}-1", "expired"),
    ("{epoch}-2", "backlog"),
    ("?", "bad"),
]


@pytest.fixture
def happen() -> MakeEvents:
    """Let `count` events happen to the users, in one transaction; they are numbered."""

    def make(*users: User, count: int = 1, first: int = 1) -> None:
        with eventlog.atomic() as log:
            for number in range(first, first + count):
                log.append([user.pk for user in users], Happened(number=number))

    return make


@pytest.fixture
def cut_logs_head(ann: User, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ann's log of six events, of which the first are pruned and not all fit in a backlog; returns its head."""
    happen(ann, count=6)
    with eventlog.atomic() as log:
        log.forget(ann.pk)
    EventStream.objects.update(floor_seq=2)
    monkeypatch.setattr(reading, "BACKLOG_LIMIT", 3)
    return str(reading.head(ann.pk))


@pytest.fixture
def key(ann: User, client: Client) -> str:
    """The session of ann's browser."""
    client.force_login(ann)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timers that heal do not come round: what arrives came by Redis."""
    monkeypatch.setattr(hub, "HEADS_SECONDS", 1e6)
    monkeypatch.setattr(session_watch, "SESSIONS_SECONDS", 1e6)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's timer comes round often."""
    monkeypatch.setattr(hub, "TICK_SECONDS", 0.01)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timers that heal come round all the time."""
    monkeypatch.setattr(hub, "HEADS_SECONDS", 0.02)
    monkeypatch.setattr(session_watch, "SESSIONS_SECONDS", 0.02)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis loses every message."""
    monkeypatch.setattr(publish, "send_soon", lambda group, message: None)
