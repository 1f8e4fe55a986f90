"""However a stream ends, nothing of it is left; a drain says bye to all (hub.py, drain.py)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from realtime.stream import drain
from realtime.stream.hub import get_hub
from tests.realtime.page import Page, serve, until, wanted

Ending = Callable[[Page, pytest.MonkeyPatch], None]


@pytest.mark.usefixtures("quiet")
def test_rule_17_a_drain_says_bye_to_all_and_lets_nobody_in(key: str, settings: Settings) -> None:
    settings.STREAM_DRAIN_SECONDS = 0.1

    async def story() -> None:
        pages = [Page(key) for _ in range(5)]
        for page in pages:
            await page.wait_for("ready")
        drain.begin()
        pages.append(Page(key, last_event_id="other-3"))
        for page in pages:
            await page.wait_for_end()
            assert (page.status, page.frames[-1].payload) == (200, {"reason": "deploy"})
            assert page.body.rpartition(b"retry: ")[2][:1].isdigit()
        assert pages[-1].ids == ["other-3"]

    serve(story)


def disconnect(page: Page, _: pytest.MonkeyPatch) -> None:
    page.go_away()


def log_out(page: Page, _: pytest.MonkeyPatch) -> None:
    next(iter(get_hub().streams())).end("auth")


def deploy(page: Page, _: pytest.MonkeyPatch) -> None:
    drain.begin()


def grow_old(page: Page, _: pytest.MonkeyPatch) -> None:
    next(iter(get_hub().streams())).on_tick(1e12)


def be_cancelled(page: Page, _: pytest.MonkeyPatch) -> None:
    page.task.cancel()


def break_off(page: Page, _: pytest.MonkeyPatch) -> None:
    page.breaks = True
    next(iter(get_hub().streams())).tell("hb", {})


def stop_reading(page: Page, _: pytest.MonkeyPatch) -> None:
    page.reads.clear()
    next(iter(get_hub().streams())).tell("hb", {})


def kinds(tasks: set[asyncio.Task[Any]]) -> set[str]:
    return {repr(task.get_coro()).partition(" at ")[0] for task in tasks}


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("end", [disconnect, log_out, deploy, grow_old, be_cancelled, break_off, stop_reading])
def test_rule_12_however_a_stream_ends_nothing_of_it_is_left(
    key: str, end: Ending, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STREAM_DRAIN_SECONDS = settings.STREAM_WRITE_TIMEOUT_SECONDS = 0.1

    async def story() -> None:
        await Page().wait_for_end()
        await until(lambda: get_hub().listener.heard_lately)  # now all that always runs does
        before = kinds(asyncio.all_tasks())
        page = Page(key)
        await page.wait_for("ready")
        end(page, monkeypatch)
        await asyncio.wait([page.task])
        assert get_hub().feeds == {}
        assert wanted(get_hub().listener) == set()
        await until(lambda: kinds(asyncio.all_tasks()) <= before)

    serve(story)
