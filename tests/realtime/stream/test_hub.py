"""What heals: the comparison of heads, the look at sessions, and what is left when a stream has ended."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from channels_redis.pubsub import RedisPubSubLoopLayer
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from realtime.log import database_timeline, eventlog
from realtime.models import EventStream, Installation
from realtime.stream import drain, hub, sessions
from realtime.stream.hub import get_hub
from realtime.transport import installation, publish
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import Page, in_thread, joined, serve, until, wanted

Ending = Callable[[Page, pytest.MonkeyPatch], None]


def fail(*_: object, **__: object) -> None:
    raise OperationalError("the database is away")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timers that heal come round all the time."""
    monkeypatch.setattr(hub, "HEADS_SECONDS", 0.02)
    monkeypatch.setattr(hub, "SESSIONS_SECONDS", 0.02)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis loses every message."""
    monkeypatch.setattr(publish, "send_soon", lambda group, message: None)


@pytest.mark.usefixtures("often", "deaf")
def test_rule_13_what_redis_lost_comes_from_the_log(ann: User, key: str, happen: MakeEvents) -> None:
    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        for first in range(1, 10):
            await in_thread(happen, ann, first=first)
        await page.wait_for("thing.happened", 9)
        assert [frame.seq for frame in page.frames] == list(range(10))

    serve(story)


@pytest.mark.usefixtures("quiet")
def test_rule_07_a_web_notes_at_its_start_which_database_it_has(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_timeline, "current", lambda: "7/00000001")

    def noted() -> bool:
        return Installation.objects.filter(timeline="7/00000001").exists()

    async def story() -> None:
        await get_hub().start()
        async with asyncio.timeout(30):
            while not await in_thread(noted):  # noqa: ASYNC110  (in the database)
                await asyncio.sleep(0.01)

    serve(story)


@pytest.mark.usefixtures("quiet")
def test_rule_12_what_came_before_the_join_was_proven_is_looked_up(
    ann: User, key: str, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_add, may_join = RedisPubSubLoopLayer.group_add, asyncio.Event()

    async def join_late(*arguments: object) -> None:
        await may_join.wait()
        await group_add(*arguments)

    monkeypatch.setattr(RedisPubSubLoopLayer, "group_add", join_late)

    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        await in_thread(happen, ann)
        may_join.set()
        await page.wait_for("thing.happened")

    serve(story)


@pytest.mark.usefixtures("often", "deaf", "fast")
def test_rule_13_a_blind_process_says_so_and_goes_on(
    ann: User, key: str, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BLIND_SECONDS", 0.1)

    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        with monkeypatch.context() as broken:
            broken.setattr(eventlog, "heads", fail)
            assert (await page.wait_for("status")).payload == {"live": "degraded"}
            late = Page(key)
            assert (await late.wait_for("status")).payload == {"live": "degraded"}
            await in_thread(happen, ann)
        assert (await page.wait_for("thing.happened")).seq == 1
        assert (await page.wait_for("status", 2)).payload == {"live": "ok"}
        assert get_hub().alive

    serve(story)


@pytest.mark.usefixtures("quiet")
def test_rule_13_a_queued_user_outlives_a_database_that_does_not_answer(
    ann: User, key: str, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def fail_loudly(*_: object) -> None:
        asked.set()
        fail()

    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        await until(lambda: ann.pk in joined(get_hub().listener))
        with monkeypatch.context() as broken:
            broken.setattr(eventlog, "heads", fail_loudly)
            broken.setattr(publish, "send_soon", lambda group, message: None)
            await in_thread(happen, ann)
            get_hub().on_joined(ann.pk)
            await until(asked.is_set)
        assert (await page.wait_for("thing.happened")).seq == 1

    serve(story)


@pytest.mark.usefixtures("often")
def test_rule_07_a_head_that_went_back_ends_in_a_reset(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=5)

    async def story() -> None:
        page = Page(key)
        old = (await page.wait_for("ready")).id
        await in_thread(EventStream.objects.update, last_seq=2)  # a backup was restored
        reset = await page.wait_for("reset")
        assert reset.payload == {"reason": "epoch"}
        assert reset.id.partition("-")[0] != old.partition("-")[0]
        await in_thread(happen, ann)
        assert (await page.wait_for("thing.happened")).seq == 3

    serve(story)


@pytest.mark.usefixtures("quiet")
def test_rule_07_a_notice_of_another_epoch_ends_in_a_reset(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=5)

    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        await until(lambda: ann.pk in joined(get_hub().listener))
        await in_thread(eventlog.renew_epochs)
        await in_thread(happen, ann)
        assert (await page.wait_for("reset")).seq == 6
        await in_thread(happen, ann)
        assert (await page.wait_for("thing.happened")).seq == 7

    serve(story)


@pytest.mark.usefixtures("often", "deaf")
def test_rule_15_a_session_that_ended_unheard_is_found(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        await in_thread(Session.objects.all().delete)
        await page.wait_for_end()
        assert page.frames[-1].payload == {"reason": "auth"}

    serve(story)


@pytest.mark.usefixtures("quiet")
def test_rule_15_an_error_ends_no_stream_and_the_question_is_asked_again(
    key: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def fail_loudly(keys: object) -> None:
        asked.set()
        fail()

    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        with monkeypatch.context() as broken:
            broken.setattr(sessions, "signed_in", fail_loudly)
            await in_thread(client.logout)
            await until(asked.is_set)
            assert not page.ended
        await page.wait_for_end()
        assert page.frames[-1].payload == {"reason": "auth"}

    serve(story)


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


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("end", [disconnect, log_out, deploy, grow_old, be_cancelled, break_off, stop_reading])
def test_rule_12_however_a_stream_ends_nothing_of_it_is_left(
    key: str, end: Ending, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STREAM_DRAIN_SECONDS = settings.STREAM_WRITE_TIMEOUT_SECONDS = 0.1

    async def story() -> None:
        await Page().wait_for_end()
        await until(lambda: get_hub().listener._heard_at)  # now all that always runs does
        before = kinds(asyncio.all_tasks())
        page = Page(key)
        await page.wait_for("ready")
        end(page, monkeypatch)
        await asyncio.wait([page.task])
        assert get_hub().feeds == {}
        assert wanted(get_hub().listener) == set()
        await until(lambda: kinds(asyncio.all_tasks()) <= before)

    serve(story)


def kinds(tasks: set[asyncio.Task[Any]]) -> set[str]:
    return {repr(task.get_coro()).partition(" at ")[0] for task in tasks}


@pytest.mark.usefixtures("quiet")
def test_what_a_newer_release_says_besides_disturbs_nobody(ann: User, key: str, happen: MakeEvents) -> None:
    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        await until(lambda: ann.pk in joined(get_hub().listener))
        group = await in_thread(installation.user_group, ann.pk)
        for message in (
            {"type": "hub.news"},
            {"type": "hub.notice", "user_id": ann.pk},
            {
                "type": "hub.notice",
                "user_id": ann.pk,
                "epoch": "e",
                "first": 0,
                "last": 0,
                "frames": b"",
                "x": 1,
            },
        ):
            publish.send_soon(group, message)
        await in_thread(happen, ann)
        assert (await page.wait_for("thing.happened")).seq == 1

    serve(story)
