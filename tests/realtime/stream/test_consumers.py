"""The stream brings what follows the cursor, with the real hub, Redis and database."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from realtime.log import eventlog, reading
from realtime.transport.subscriber import Subscriber
from tests.realtime.conftest import RESETS, MakeEvents
from tests.realtime.happened import Happened
from tests.realtime.page import Page, in_thread, serve

pytestmark = pytest.mark.usefixtures("quiet")


def test_it_starts_at_the_head_without_a_cursor(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=3)
    head = str(reading.head(ann.pk))

    async def story() -> None:
        page = Page(key)
        ready = await page.wait_for("ready")
        assert page.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
        assert page.body.startswith(b":ok\nretry: ")
        assert (page.ids, ready.payload) == ([head], {"cursor": head, "resumed": False, "heartbeat": 20})

    serve(story)


def test_it_resumes_after_the_cursor(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=4)
    epoch = reading.head(ann.pk).epoch

    async def story() -> None:
        page = Page(key, last_event_id=f"{epoch}-2", query="lastEventId=other-1")
        await page.wait_for("thing.happened", 2)
        assert page.ids == [f"{epoch}-2", f"{epoch}-3", f"{epoch}-4"]
        assert page.frames[0].payload == {"cursor": f"{epoch}-2", "resumed": True, "heartbeat": 20}

    serve(story)


def test_rule_13_it_reads_on_until_the_head(
    ann: User, key: str, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subscriber, "subscribe", lambda *_: None)  # nothing else tells of the head
    monkeypatch.setattr(reading, "PAGE_SIZE", 2)  # pages of two
    happen(ann, count=7)
    epoch = reading.head(ann.pk).epoch

    async def story() -> None:
        page = Page(key, last_event_id=f"{epoch}-0")
        await page.wait_for("thing.happened", 7)
        assert page.ids == [f"{epoch}-{seq}" for seq in range(8)]

    serve(story)


@pytest.mark.parametrize(("asked", "reason"), RESETS)
def test_rule_11_a_reset_comes_before_ready(key: str, cut_logs_head: str, asked: str, reason: str) -> None:
    async def story() -> None:
        page = Page(key, last_event_id=asked.format(epoch=cut_logs_head.partition("-")[0]))
        await page.wait_for("ready")
        assert [(frame.event, frame.id) for frame in page.frames] == [
            ("reset", cut_logs_head),
            ("ready", cut_logs_head),
        ]
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


@pytest.mark.usefixtures("fast")
def test_it_ends_an_old_stream(key: str, settings: Settings) -> None:
    settings.STREAM_MAX_AGE_SECONDS = 0.01

    async def story() -> None:
        page = await Page(key).wait_for_end()
        assert (page.frames[-1].event, page.frames[-1].payload) == ("bye", {"reason": "age"})
        assert page.frames[-1].id == page.frames[0].id
        assert page.body.count(b"retry: ") == 2

    serve(story)
