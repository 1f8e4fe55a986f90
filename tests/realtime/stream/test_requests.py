"""The stream lets our own pages in, refuses others, and needs no database to refuse (consumers.py)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from pytest_django import Settings

from realtime.log import reading
from realtime.stream.hub import get_hub
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import Page, serve

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.any_database]


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


@pytest.mark.parametrize("broken", ["realtime.stream.sessions.signed_in", "realtime.log.reading.read"])
def test_rule_15_a_database_error_is_no_reason_to_stay_away(
    key: str, broken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broken, fail)

    async def story() -> None:
        page = await Page(key, last_event_id="other-1").wait_for_end()
        assert (page.status, page.body[:11], page.frames) == (200, b":ok\nretry: ", [])

    serve(story)
    told: list[Any] = [record.msg for record in caplog.records if "stream." in str(record.msg)]
    assert [line["error"] for line in told] == ["OperationalError"]
    assert "exc_info" not in told[0], "a crowd that meets it would cost a traceback each"


@pytest.mark.parametrize("draining", [True, False])
def test_rule_15_a_refusal_needs_no_database(
    ann: User, key: str, draining: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STREAM_MAX_PER_USER = 1

    async def story() -> None:
        first = Page(key)
        await first.wait_for("ready")
        monkeypatch.setattr(reading, "heads_of_all", fail)
        get_hub().draining = draining
        page = await Page(key).wait_for_end()
        assert (page.status, page.body[:11]) == (200, b":ok\nretry: ")

    serve(story)
