"""An ask is refused, ends and leaves nothing behind as a stream does, in the words of HTTP (since.py)."""

import asyncio

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from realtime.stream import drain
from realtime.stream.hub import get_hub
from tests.realtime.asks import Ask, waiting
from tests.realtime.page import in_thread, serve

pytestmark = pytest.mark.usefixtures("quiet")


def test_rule_15_a_logout_ends_the_wait(key: str, client: Client) -> None:
    async def story() -> None:
        page = await waiting(key)
        await in_thread(client.logout)
        await page.wait_for_end()
        assert (page.status, page.body) == (204, b"")

    serve(story)


def test_it_answers_a_stranger_204_and_a_foreign_page_403(key: str) -> None:
    async def story() -> None:
        assert (await Ask("unknown").wait_for_end()).status == 204
        assert (await Ask(key, origin="https://elsewhere.example").wait_for_end()).status == 403
        assert (await Ask(key, method="POST").wait_for_end()).status == 405

    serve(story)


def test_rule_17_a_drain_ends_the_waits_and_sends_others_elsewhere(key: str, settings: Settings) -> None:
    settings.STREAM_DRAIN_SECONDS = 0.1

    async def story() -> None:
        page = await waiting(key)
        drain.begin()
        assert (await page.answer())["events"] == []
        late = await Ask(key).wait_for_end()
        assert (late.status, late.headers[b"retry-after"].isdigit()) == (503, True)

    serve(story)


def test_it_refuses_one_ask_too_many_and_keeps_the_others(key: str, settings: Settings) -> None:
    settings.STREAM_MAX_PER_USER = 1

    async def story() -> None:
        first = await waiting(key)
        second = await Ask(key).wait_for_end()
        assert (second.status, 42 <= int(second.headers[b"retry-after"]) <= 78) == (429, True)
        assert not first.ended

    serve(story)


@pytest.mark.parametrize("broken", ["realtime.stream.sessions.signed_in", "realtime.log.reading.read"])
def test_rule_15_without_the_database_it_says_when_to_ask_again(
    key: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(broken, fail)

    async def story() -> None:
        page = await Ask(key, last_event_id="other-1").wait_for_end()
        assert (page.status, page.headers[b"retry-after"].isdigit()) == (503, True)

    serve(story)


def test_rule_12_nothing_is_left_of_who_went_away(key: str) -> None:
    async def story() -> None:
        page = await waiting(key)
        page.go_away()
        await asyncio.wait([page.task])
        assert (page.status, get_hub().feeds) == (0, {})

    serve(story)
