"""A hub notes which database it has, and a head of another epoch ends in a reset (RULES R7, hub.py)."""

import asyncio

import pytest
from django.contrib.auth.models import User

from realtime.log import database_timeline, eventlog
from realtime.models import EventStream, Installation
from realtime.stream.hub import get_hub
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import Page, in_thread, joined, serve, until


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
        reset = await page.wait_for("reset")  # by the notice, or a moment before it by the look after the join
        await in_thread(happen, ann)
        assert (await page.wait_for("thing.happened", 7 - reset.seq)).seq == 7

    serve(story)
