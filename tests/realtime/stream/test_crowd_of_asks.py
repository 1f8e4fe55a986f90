"""A crowd that asks for its events costs the database as much as one asker, and a wait costs it nothing (since.py)."""

import threading
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db.backends.utils import CursorWrapper
from django.test import Client

from realtime.log import reading
from realtime.presence import sweeper
from realtime.stream.hub import get_hub
from tests.realtime.asks import Ask
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import in_thread, joined, serve, until

pytestmark = pytest.mark.usefixtures("quiet")

CROWD = 100


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that streams ask of the database."""
    asked: list[str] = []
    execute = CursorWrapper.execute

    def noted(cursor: CursorWrapper, sql: str, params: Any = None) -> Any:
        if threading.current_thread().name.startswith("log"):
            asked.append(sql)
        return execute(cursor, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", noted)
    monkeypatch.setattr(sweeper, "SWEEP_SECONDS", (1e6, 1e6))  # it is none of theirs
    return asked


@pytest.fixture
def crowd(transactional_db: None) -> dict[User, str]:
    """A hundred users and the keys of their sessions."""
    users = User.objects.bulk_create(User(username=f"user{number}") for number in range(CROWD))
    keys = {}
    for user in users:
        client = Client()
        client.force_login(user)
        keys[user] = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return keys


def test_a_hundred_askers_cost_as_many_queries_as_one(
    crowd: dict[User, str], happen: MakeEvents, statements: list[str]
) -> None:
    happen(*crowd)
    cursors = {user: f"{reading.head(user.pk).epoch}-0" for user in crowd}

    async def asked_by(*users: User) -> int:
        before = len(statements)
        asks = [Ask(crowd[user], last_event_id=cursors[user]) for user in users]
        answers = [await ask.answer() for ask in asks]
        assert all(len(answer["events"]) == 1 for answer in answers)
        return len(statements) - before

    async def story() -> None:
        await asked_by(*crowd)  # their groups are joined now
        await until(lambda: {user.pk for user in crowd} <= joined(get_hub().listener))
        one = min([await asked_by(next(iter(crowd))) for _ in range(3)])
        many = min([await asked_by(*crowd) for _ in range(3)])
        assert many <= 2 * one, (one, many)  # two pieces of a query for 64 places each

    serve(story)


def test_a_hundred_waits_end_without_a_query(crowd: dict[User, str], happen: MakeEvents, statements: list[str]) -> None:
    cursors = {user: str(reading.head(user.pk)) for user in crowd}

    async def waited() -> int:
        asks = {user: Ask(key, last_event_id=cursors[user], query="wait=25") for user, key in crowd.items()}
        await until(lambda: sum(stream.live for stream in get_hub().streams()) == CROWD)
        await until(lambda: {user.pk for user in crowd} <= joined(get_hub().listener))
        before = len(statements)
        await in_thread(happen, *crowd)
        answers = {user: await ask.answer() for user, ask in asks.items()}
        assert [len(answer["events"]) for answer in answers.values()] == [1] * CROWD
        assert threading.active_count() < CROWD
        cursors.update({user: answer["cursor"] for user, answer in answers.items()})
        return len(statements) - before

    async def story() -> None:
        await waited()  # whoever joins looks something up, now or a little later
        assert min([await waited() for _ in range(3)]) == 0

    serve(story)
