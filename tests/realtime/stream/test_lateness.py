"""What is late is told to the streams that asked, when it changes, outside the numbering."""

import asyncio
import json
from collections.abc import Callable, Collection

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from realtime.stream import lateness
from realtime.stream.hub import get_hub
from realtime.stream.lateness import Late
from tests.realtime.page import Page, serve

WAITS = {"account_id": None, "reason": "worker", "since": "2026-11-22T10:00:00Z"}


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Late]]:
    """What the only provider says, for every user; the timer comes round all the time."""
    says: dict[str, list[Late]] = {"late": []}

    def provider(user_ids: Collection[int]) -> dict[int, list[Late]]:
        return dict.fromkeys(user_ids, says["late"])

    monkeypatch.setattr(lateness, "_providers", [provider])
    monkeypatch.setattr(lateness, "LOOK_SECONDS", 0.02)
    return says


def rounds(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often it was asked."""
    asked: list[Collection[int]] = []
    ask = lateness.late_of

    def count(user_ids: Collection[int]) -> dict[int, list[Late]]:
        asked.append(user_ids)
        return ask(user_ids)

    monkeypatch.setattr(lateness, "late_of", count)
    return lambda: len(asked)


def test_it_tells_what_is_late_and_that_it_is_no_longer(key: str, late: dict[str, list[Late]]) -> None:
    async def story() -> None:
        page = Page(key, query="late=1")
        await page.wait_for("ready")
        late["late"] = [WAITS]
        told = await page.wait_for("late")
        assert (json.loads(told.data), told.id) == ({"late": [WAITS]}, page.frames[0].id)
        late["late"] = []
        assert json.loads((await page.wait_for("late", 2)).data) == {"late": []}

    serve(story)


def test_it_tells_a_newcomer_what_is_known(key: str, late: dict[str, list[Late]]) -> None:
    late["late"] = [WAITS]

    async def story() -> None:
        for _ in range(2):
            told = await Page(key, query="late=1").wait_for("late")
            assert json.loads(told.data) == {"late": [WAITS]}

    serve(story)


def test_it_says_nothing_to_who_did_not_ask_and_nothing_twice(
    key: str, late: dict[str, list[Late]], monkeypatch: pytest.MonkeyPatch
) -> None:
    late["late"] = [WAITS]
    asked = rounds(monkeypatch)

    async def story() -> None:
        strict, page = Page(key), Page(key, query="late=1")
        await page.wait_for("late")
        await strict.wait_for("ready")
        before = asked()
        while asked() < before + 5:  # noqa: ASYNC110  (five more rounds)
            await asyncio.sleep(0.005)
        assert [frame.event for frame in page.frames] == ["ready", "late"]
        assert [frame.event for frame in strict.frames] == ["ready"]

    serve(story)


def test_it_asks_nothing_while_nobody_listens(
    key: str, late: dict[str, list[Late]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = rounds(monkeypatch)

    async def story() -> None:
        await Page(key).wait_for("ready")
        await asyncio.sleep(0.2)
        assert asked() == 0

    serve(story)


def test_it_asks_again_after_an_error(ann: User, key: str, late: dict[str, list[Late]]) -> None:
    fails = [True]

    def broken(user_ids: Collection[int]) -> dict[int, list[Late]]:
        if fails.pop():
            fails.append(False)
            raise OperationalError("the database is away")
        fails.append(False)
        return {ann.pk: [WAITS]}

    lateness._providers.append(broken)

    async def story() -> None:
        await Page(key, query="late=1").wait_for("late")
        assert get_hub().alive

    serve(story)
