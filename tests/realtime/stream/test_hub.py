"""The hub heals what Redis lost: it compares heads with the log, and looks at sessions."""

import threading

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from realtime.log import reading
from realtime.stream import hub, sessions
from realtime.stream.hub import get_hub
from realtime.transport import installation, publish
from realtime.transport.subscriber import Subscriber
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import Page, in_thread, joined, serve, until


def fail(*_: object, **__: object) -> None:
    raise OperationalError("the database is away")


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
def test_rule_12_what_came_before_the_join_was_proven_is_looked_up(
    ann: User, key: str, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe, asked = Subscriber.subscribe, list[tuple[Subscriber, list[bytes]]]()
    monkeypatch.setattr(Subscriber, "subscribe", lambda *arguments: asked.append(arguments))

    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        await in_thread(happen, ann)
        for ear, channels in asked:
            subscribe(ear, channels)
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
            broken.setattr(reading, "heads", fail)
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
            broken.setattr(reading, "heads", fail_loudly)
            broken.setattr(publish, "send_soon", lambda group, message: None)
            await in_thread(happen, ann)
            get_hub().on_joined(ann.pk)
            await until(asked.is_set)
        assert (await page.wait_for("thing.happened")).seq == 1

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

    def fail_loudly(*_: object) -> None:
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
