"""Who asks for their events gets what the stream would bring, as one answer (since.py)."""

import asyncio
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from realtime.log import eventlog, reading
from realtime.models import EventStream
from realtime.stream import drain, since
from realtime.stream.hub import get_hub
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import Page, in_thread, joined, serve, until

pytestmark = pytest.mark.usefixtures("quiet")


class Ask(Page):
    """GET /events/since/."""

    application = staticmethod(since.EventsSinceConsumer.as_asgi())

    async def answer(self) -> dict[str, Any]:
        """Return the whole answer."""
        await self.wait_for_end()
        assert (self.status, self.headers[b"content-type"]) == (200, b"application/json")
        assert self.headers[b"cache-control"] == b"no-store, no-transform"
        assert int(self.headers[b"content-length"]) == len(self.body)
        answer: dict[str, Any] = json.loads(self.body)
        return answer


async def ask(key: str, cursor: str | None = None, **query: object) -> dict[str, Any]:
    fields = {"lastEventId": cursor, **query} if cursor is not None else query
    return await Ask(key, query="&".join(f"{name}={value}" for name, value in fields.items())).answer()


async def waiting(key: str, cursor: str | None = None, wait: float = 25) -> Ask:
    """Ask, and return when nothing is left to do but to wait."""
    page = Ask(key, query=f"wait={wait}" + (f"&lastEventId={cursor}" if cursor else ""))
    await until(lambda: page.task.done() or any(stream._wake for stream in get_hub().streams()))
    return page


def test_it_answers_the_head_without_a_cursor(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=3)
    head = str(reading.head(ann.pk))

    async def story() -> None:
        assert await ask(key) == {"events": [], "cursor": head, "reset": None}

    serve(story)


@pytest.mark.parametrize("asks", [{"last_event_id": "{}"}, {"query": "lastEventId={}"}, {"query": "last_event_id={}"}])
def test_it_answers_what_follows_the_cursor(ann: User, key: str, happen: MakeEvents, asks: dict[str, str]) -> None:
    happen(ann, count=4)
    epoch = reading.head(ann.pk).epoch

    async def story() -> None:
        answer = await Ask(key, **{name: value.format(f"{epoch}-2") for name, value in asks.items()}).answer()
        assert answer["cursor"] == f"{epoch}-4"
        assert [event.pop("data")["number"] for event in answer["events"]] == [3, 4]
        assert answer["events"] == [{"id": f"{epoch}-{seq}", "type": "thing.happened"} for seq in (3, 4)]

    serve(story)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [("other-1", "epoch"), ("{epoch}-9", "ahead"), ("{epoch}-1", "expired"), ("{epoch}-2", "backlog"), ("?", "bad")],
)
def test_rule_11_a_reset_carries_the_new_head(
    ann: User, key: str, happen: MakeEvents, asked: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ann, count=6)
    with eventlog.atomic() as log:
        log.forget(ann.pk)
    EventStream.objects.update(floor_seq=2)
    monkeypatch.setattr(reading, "BACKLOG_LIMIT", 3)
    head = str(reading.head(ann.pk))

    async def story() -> None:
        answer = await ask(key, asked.format(epoch=head.partition("-")[0]), wait=25)
        assert answer == {"events": [], "cursor": head, "reset": reason}

    serve(story)


def test_rule_13_asks_follow_on_each_other_page_by_page(ann: User, key: str, happen: MakeEvents) -> None:
    happen(ann, count=300)
    cursor = f"{reading.head(ann.pk).epoch}-0"

    async def story() -> None:
        answers = [await ask(key, cursor)]
        while answers[-1]["events"]:
            answers.append(await ask(key, answers[-1]["cursor"], wait=0))
        assert [len(answer["events"]) for answer in answers] == [128, 128, 44, 0]
        numbers = [event["data"]["number"] for answer in answers for event in answer["events"]]
        assert numbers == list(range(1, 301))

    serve(story)


@pytest.mark.parametrize("places_it", [True, False])
def test_it_waits_for_the_first_event(ann: User, key: str, happen: MakeEvents, places_it: bool) -> None:
    head = reading.head(ann.pk)

    async def story() -> None:
        page = await waiting(key, str(head) if places_it else None)
        assert not page.ended
        await in_thread(happen, ann)
        answer = await page.answer()
        assert [event["id"] for event in answer["events"]] == [answer["cursor"]] == [f"{head.epoch}-1"]

    serve(story)


def test_it_answers_a_page_of_what_came_by_notice(ann: User, key: str, happen: MakeEvents) -> None:
    async def story() -> None:
        page = await waiting(key)
        await until(lambda: ann.pk in joined(get_hub().listener))
        await in_thread(happen, ann, count=200)
        first = await page.answer()
        rest = await ask(key, first["cursor"])
        numbers = [event["data"]["number"] for event in first["events"] + rest["events"]]
        assert (len(first["events"]), numbers) == (128, list(range(1, 201)))

    serve(story)


@pytest.mark.parametrize("wait", ["", "0", "0.05", "-3", "nan", "inf", "1e9", "٣", "x" * 5_000])
def test_it_waits_no_longer_than_it_was_asked_to(
    ann: User, key: str, wait: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = str(reading.head(ann.pk))

    async def story() -> None:
        assert await ask(key, head, wait=wait) == {"events": [], "cursor": head, "reset": None}
        monkeypatch.setattr(since, "LONGEST_WAIT_SECONDS", 0.05)
        assert (await ask(key, head, wait=9_999))["events"] == []
        assert get_hub().feeds == {}

    serve(story)


def test_it_tells_what_is_late_to_who_asks_for_it(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(since, "ON_TIME_SECONDS", 0.05)

    async def story() -> None:
        assert (await ask(key, late=1))["late"] is None
        page = Ask(key, query="late=1&wait=0.2")
        assert (await page.answer())["late"] == []
        page = Ask(key, query="late=1&wait=0.5")
        await until(get_hub().streams)
        get_hub().streams()[0].tell("late", {"late": [{"reason": "worker"}]})
        assert (await page.answer())["late"] == [{"reason": "worker"}]

    serve(story)


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
