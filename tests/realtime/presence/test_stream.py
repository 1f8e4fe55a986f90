"""Presence comes by a frame outside the numbering, to those alone who may see the room (RULES R11)."""

import json

from django.contrib.auth.models import User
from django.test import Client

from realtime.models import StoredEvent
from realtime.presence import rows
from realtime.stream.hub import get_hub
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import Page, in_thread, joined, serve, until


async def listening(page: Page) -> None:
    """Until the page is told what comes by Redis."""
    await page.wait_for("ready")
    await until(lambda: set(get_hub().feeds) <= joined(get_hub().listener))


def test_presence_13_a_frame_repeats_the_last_id_and_is_in_no_log(
    key: str, ann: User, bob: User, happen: MakeEvents
) -> None:
    async def story() -> None:
        page = Page(key)
        await listening(page)
        await in_thread(happen, ann)
        event = await page.wait_for("thing.happened")
        await in_thread(rows.beat, bob, "session", "a", "room.1", "viewing")
        told = await page.wait_for("presence")
        assert told.id == event.id
        said = json.loads(told.data)
        assert (said.keys(), said["room"]) == ({"room", "at", "people"}, "room.1")
        assert said["people"] == [{"id": bob.pk, "name": "bob", "state": "viewing"}]

    serve(story)
    assert [stored.type for stored in StoredEvent.objects.all()] == ["thing.happened"]


def test_presence_13_whoever_resumes_after_a_frame_loses_nothing(
    key: str, ann: User, bob: User, happen: MakeEvents
) -> None:
    async def story() -> None:
        page = Page(key)
        await listening(page)
        await in_thread(happen, ann)
        await page.wait_for("thing.happened")
        await in_thread(rows.beat, bob, "session", "a", "room.1", "viewing")
        told = await page.wait_for("presence")
        await in_thread(happen, ann, first=2)
        again = Page(key, last_event_id=told.id)
        assert json.loads((await again.wait_for("thing.happened")).data)["number"] == 2
        assert [frame.event for frame in again.frames][:2] == ["ready", "thing.happened"]

    serve(story)


def test_it_tells_nobody_who_may_not_see_the_room(client: Client, ann: User, bob: User) -> None:
    carol = User.objects.create_user("carol")
    client.force_login(carol)

    async def story() -> None:
        page = Page(client.cookies["sessionid"].value)
        await listening(page)
        await in_thread(rows.beat, bob, "session", "a", "room.1", "viewing")
        await in_thread(rows.beat, ann, "session", "a", "room.1", "viewing")
        assert [frame.event for frame in page.frames] == ["ready"]

    serve(story)
