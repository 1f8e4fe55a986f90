"""The stream from the request to the last byte, with the real hub, Redis and database."""

import asyncio
from collections.abc import Iterable

import pytest
from channels_redis.pubsub import RedisPubSubLoopLayer
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from realtime.log import eventlog
from realtime.models import EventStream
from realtime.stream import sessions
from realtime.stream.hub import get_hub
from tests.realtime.conftest import MakeEvents
from tests.realtime.happened import Happened
from tests.realtime.page import Page, in_thread, joined, serve, until

pytestmark = pytest.mark.usefixtures("quiet")


def fail(*_: object, **__: object) -> None:
    raise OperationalError("the database is away")


def test_it_answers_a_stranger_204(db: None) -> None:
    async def story() -> None:
        for key in ("", "unknown", "\0abc", "x" * 5_000, "\xe9"):
            page = await Page(key).wait_for_end()
            assert (page.status, page.body) == (204, b"")

    serve(story)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://["},
    ],
)
def test_it_answers_a_foreign_page_403(key: str, headers: dict[str, str]) -> None:
    async def story() -> None:
        page = await Page(key, **headers).wait_for_end()
        assert (page.status, page.body) == (403, b"")

    serve(story)


@pytest.mark.parametrize(
    "headers",
    [{"sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"}, {"origin": "http://testserver"}, {"accept": "*/*"}],
)
def test_it_lets_our_own_page_in(key: str, headers: dict[str, str]) -> None:
    async def story() -> None:
        page = Page(key, **headers)
        await page.wait_for("ready")
        assert page.status == 200

    serve(story)


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS"])
def test_it_answers_other_methods_405(key: str, method: str) -> None:
    async def story() -> None:
        page = await Page(key, method=method).wait_for_end()
        assert (page.status, page.headers[b"allow"]) == (405, b"GET")

    serve(story)


def test_it_starts_at_the_head_without_a_cursor(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=3)
    head = str(eventlog.head(ann.pk))

    async def story() -> None:
        page = Page(key)
        ready = await page.wait_for("ready")
        assert page.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
        assert page.body.startswith(b":ok\nretry: ")
        assert (page.ids, ready.payload) == ([head], {"cursor": head, "resumed": False, "heartbeat": 20})

    serve(story)


def test_it_resumes_after_the_cursor(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=4)
    epoch = eventlog.head(ann.pk).epoch

    async def story() -> None:
        page = Page(key, last_event_id=f"{epoch}-2", query="lastEventId=other-1")
        await page.wait_for("thing.happened", 2)
        assert page.ids == [f"{epoch}-2", f"{epoch}-3", f"{epoch}-4"]
        assert page.frames[0].payload == {"cursor": f"{epoch}-2", "resumed": True, "heartbeat": 20}

    serve(story)


def test_rule_13_it_reads_on_until_the_head(
    ann: User, key: str, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(RedisPubSubLoopLayer, "group_add", never)  # nothing else tells of the head
    monkeypatch.setattr(eventlog.read, "__defaults__", (2,))  # pages of two
    happen(ann, count=7)
    epoch = eventlog.head(ann.pk).epoch

    async def story() -> None:
        page = Page(key, last_event_id=f"{epoch}-0")
        await page.wait_for("thing.happened", 7)
        assert page.ids == [f"{epoch}-{seq}" for seq in range(8)]

    serve(story)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [("other-1", "epoch"), ("{epoch}-9", "ahead"), ("{epoch}-1", "expired"), ("{epoch}-2", "backlog"), ("?", "bad")],
)
def test_rule_11_a_reset_comes_before_ready(
    ann: User, key: str, happen: MakeEvents, asked: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ann, count=6)
    with eventlog.atomic() as log:
        log.forget(ann.pk)
    EventStream.objects.update(floor_seq=2)
    monkeypatch.setattr(eventlog, "BACKLOG_LIMIT", 3)
    head = str(eventlog.head(ann.pk))

    async def story() -> None:
        page = Page(key, last_event_id=asked.format(epoch=head.partition("-")[0]))
        await page.wait_for("ready")
        assert [(frame.event, frame.id) for frame in page.frames] == [("reset", head), ("ready", head)]
        assert page.frames[0].payload == {"reason": reason}
        assert page.frames[1].payload["resumed"] is False

    serve(story)


def test_it_delivers_what_happens_once_and_in_order(ann: User, bob: User, key: str, happen: MakeEvents) -> None:
    async def story() -> None:
        pages = [Page(key), Page(key)]
        for page in pages:
            await page.wait_for("ready")
        for first in range(1, 31, 3):
            await in_thread(happen, ann, count=3, first=first)
            await in_thread(happen, bob)
        for page in pages:
            await page.wait_for("thing.happened", 30)
            assert [frame.payload["number"] for frame in page.frames[1:]] == list(range(1, 31))
            assert [frame.seq for frame in page.frames] == list(range(31))

    serve(story)


def test_it_brings_an_event_that_is_too_large_for_redis(ann: User, key: str) -> None:
    def happen() -> None:
        with eventlog.atomic() as log:
            log.append([ann.pk], Happened(text="x" * 100_000))

    async def story() -> None:
        page = Page(key)
        await page.wait_for("ready")
        await in_thread(happen)
        assert len((await page.wait_for("thing.happened")).payload["text"]) == 100_000

    serve(story)


@pytest.mark.usefixtures("fast")
def test_rule_11_a_beat_repeats_what_was_written_last(
    ann: User, key: str, happen: MakeEvents, settings: Settings
) -> None:
    settings.STREAM_HEARTBEAT_SECONDS = 0.001

    async def story() -> None:
        page = Page(key, last_event_id="other-1")
        await page.wait_for("ready")
        for _ in range(20):
            await in_thread(happen, ann)
        await page.wait_for("thing.happened", 20)
        await page.wait_for("hb", 20)
        for before, frame in zip(page.frames, page.frames[1:], strict=False):
            assert frame.event != "hb" or frame.id == before.id

    serve(story)


def test_it_refuses_one_stream_too_many_and_keeps_the_others(ann: User, key: str, settings: Settings) -> None:
    settings.STREAM_MAX_PER_USER = 1

    async def story() -> None:
        first = Page(key)
        await first.wait_for("ready")
        second = await Page(key, last_event_id="other-7").wait_for_end()
        assert (second.status, second.body[:11]) == (200, b":ok\nretry: ")
        (bye,) = second.frames
        assert (bye.event, bye.id, bye.payload) == ("bye", "other-7", {"reason": "cap"})
        assert not first.ended

    serve(story)


def test_it_does_not_carry_an_unreadable_cursor_past_its_reset(
    ann: User, key: str, happen: MakeEvents, settings: Settings
) -> None:
    settings.STREAM_MAX_PER_USER = 1
    happen(ann)

    async def story() -> None:
        first = Page(key)
        await first.wait_for("ready")
        (bye,) = (await Page(key, last_event_id="?").wait_for_end()).frames
        first.go_away()
        await first.wait_for_end()
        again = Page(key, last_event_id=bye.id)
        await again.wait_for("ready")
        assert again.frames[0].event == "reset"

    serve(story)


@pytest.mark.usefixtures("fast")
def test_it_ends_an_old_stream(key: str, settings: Settings) -> None:
    settings.STREAM_MAX_AGE_SECONDS = 0.01

    async def story() -> None:
        page = await Page(key).wait_for_end()
        assert (page.frames[-1].event, page.frames[-1].payload) == ("bye", {"reason": "age"})
        assert page.frames[-1].id == page.frames[0].id
        assert page.body.count(b"retry: ") == 2

    serve(story)


def test_rule_15_a_logout_ends_the_streams_of_its_session_only(ann: User, key: str, client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(ann)

    async def story() -> None:
        page, other = Page(key), Page(elsewhere.cookies[django_settings.SESSION_COOKIE_NAME].value)
        await page.wait_for("ready")
        await other.wait_for("ready")
        await in_thread(client.logout)
        await page.wait_for_end()
        assert page.frames[-1].payload == {"reason": "auth"}
        assert (await Page(key).wait_for_end()).status == 204
        assert not other.ended

    serve(story)


def test_rule_15_a_logout_during_the_connect_is_remembered(
    ann: User, key: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sessions.signed_in

    def before_the_logout(keys: Iterable[str]) -> dict[str, int]:
        return {key: ann.pk} if keys == [key] else real(keys)  # a connect asks about one session

    async def story() -> None:
        other = Page((await in_thread(sign_in, ann)).cookies["sessionid"].value)
        await other.wait_for("ready")
        await until(lambda: ann.pk in joined(get_hub().listener))
        await in_thread(client.logout)
        await until(lambda: get_hub()._sessions_to_check.remembers(ann.pk))
        monkeypatch.setattr(sessions, "signed_in", before_the_logout)
        page = await Page(key).wait_for_end()
        assert page.frames[-1].payload == {"reason": "auth"}

    serve(story)


def sign_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("broken", ["realtime.stream.sessions.signed_in", "realtime.log.eventlog.read"])
def test_rule_15_a_database_error_is_no_reason_to_stay_away(
    key: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, fail)

    async def story() -> None:
        page = await Page(key, last_event_id="other-1").wait_for_end()
        assert (page.status, page.body[:11], page.frames) == (200, b":ok\nretry: ", [])

    serve(story)


@pytest.mark.parametrize("draining", [True, False])
def test_rule_15_a_refusal_needs_no_database(
    ann: User, key: str, draining: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STREAM_MAX_PER_USER = 1

    async def story() -> None:
        first = Page(key)
        await first.wait_for("ready")
        monkeypatch.setattr(eventlog, "head", fail)
        get_hub().draining = draining
        page = await Page(key).wait_for_end()
        assert (page.status, page.body[:11]) == (200, b":ok\nretry: ")

    serve(story)
