"""Whoever asks for their events gets what the stream would bring, as one answer (since.py)."""

import pytest
from django.contrib.auth.models import User

from realtime.log import reading
from realtime.stream import since
from realtime.stream.hub import get_hub
from tests.realtime.asks import Ask, ask, waiting
from tests.realtime.conftest import RESETS, MakeEvents
from tests.realtime.page import in_thread, joined, serve, until

pytestmark = pytest.mark.usefixtures("quiet")


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


@pytest.mark.parametrize(("asked", "reason"), RESETS)
def test_rule_11_a_reset_carries_the_new_head(key: str, cut_logs_head: str, asked: str, reason: str) -> None:
    async def story() -> None:
        answer = await ask(key, asked.format(epoch=cut_logs_head.partition("-")[0]), wait=25)
        assert answer == {"events": [], "cursor": cut_logs_head, "reset": reason}

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


def test_it_tells_what_is_late_to_who_asks_for_it(
    ann: User, key: str, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        monkeypatch.setattr(since, "ON_TIME_SECONDS", 60)
        told = (await ask(key, late=1))["late"]  # null, unless the hub has looked before the answer
        assert told is None or [late["reason"] for late in told] == ["worker"]
        monkeypatch.setattr(since, "ON_TIME_SECONDS", 0.05)
        page = Ask(key, query="late=1&wait=0.2")
        assert (await page.answer())["late"] is not None
        page = Ask(key, query="late=1&wait=25")
        await until(get_hub().streams)
        get_hub().streams()[0].tell("late", {"late": [{"reason": "worker"}]})
        await in_thread(happen, ann)  # an event ends the wait, what is late does not
        assert [late["reason"] for late in (await page.answer())["late"]] == ["worker"]  # told so by the hub, too

    serve(story)
