"""A Supabase project of the simulator, and users whose topics somebody hears."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from realtime.models import EventStream, Rollout
from realtime.transport import sender
from realtime.transport.sender import Sender
from realtime.transport.supabase import broadcast, canary, hearers, publisher, shadow
from tests.realtime.conftest import MakeEvents
from tests.support.supabase import Supabase, supabase_at
from tests.support.waiting import eventually

Hear = Callable[..., list[str]]


@pytest.fixture
def there(supabase: Supabase, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supabase]:
    """The project, which this process is configured for; its sender is as new, and has not the time for long pauses."""
    for name, value in {**supabase_at(supabase.url), "SUPABASE_PAYLOAD": "plain"}.items():
        setattr(settings, name, value)
    monkeypatch.delitem(sender._senders, "supabase", raising=False)
    monkeypatch.setattr(broadcast, "SECONDS", 30)  # the machine may have other work
    monkeypatch.setattr(broadcast, "FIRST_SECONDS", 30)
    monkeypatch.setattr(publisher, "PROBE_SECONDS", (0.05, 0.05))
    monkeypatch.setattr(publisher, "LIMITED_SECONDS", (0.2, 0.4))
    monkeypatch.setattr(publisher, "REFUSED_SECONDS", 0.2)
    yield supabase
    if machine := sender._senders.get("supabase"):  # it has more to say, and the next test a project as new
        machine._loop.call_soon_threadsafe(machine._loop.stop)
        eventually(lambda: not machine._loop.is_running())


@pytest.fixture
def hear(there: Supabase) -> Hear:
    """Turn it on for everybody, and have these users heard, as their tickets do; returns their secrets."""

    def begin(*users: User) -> list[str]:
        Rollout.objects.update_or_create(pk=1, defaults={"stage": "on", "percent": 100})
        found = hearers.hear([user.pk for user in users])
        return [found[user.pk][0] for user in users]

    return begin


@pytest.fixture
def machine(there: Supabase, ann: User, hear: Hear, happen: MakeEvents) -> Sender[Any, Any]:
    """The sender while the post of Ann's first event is under way: no answer comes until the faults are cleared."""
    hear(ann)
    there.fault("broadcast", hold=True)
    happen(ann)
    busy: Sender[Any, Any] = sender._senders["supabase"]
    eventually(lambda: busy._lanes == 1)
    return busy


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary looks often, and a few seconds' silence is a miss."""
    monkeypatch.setattr(canary, "HEADS_SECONDS", 0.05)
    monkeypatch.setattr(canary, "ROUND_SECONDS", 1.0)
    monkeypatch.setattr(canary, "PAUSE_SECONDS", (0.05, 0.1))
    monkeypatch.setattr(shadow, "MISSING_SECONDS", 8.0)


@pytest.fixture
def rolled_out(there: Supabase, quick: None, users: list[User]) -> None:
    Rollout.objects.update_or_create(pk=1, defaults={"stage": "shadow", "percent": 100})


def secrets_of(users: Iterable[User]) -> list[str]:
    rows = dict(EventStream.objects.values_list("user_id", "relay_secret"))
    return [rows[user.pk] for user in users]


@pytest.fixture
def users(transactional_db: None) -> list[User]:
    return [User.objects.create(username=f"user{number}") for number in range(20)]


def told(there: Supabase) -> list[tuple[int, int]]:
    """The numbers of all that was posted, in the order of its arrival."""
    return [(post["payload"]["first"], post["payload"]["last"]) for post in there.posts()]
