"""`GET /events/ticket/`: who may listen at Supabase, where, and by which token (tickets.py)."""

import asyncio
from base64 import b64decode
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from realtime.log import reading
from realtime.models import EventStream, Rollout
from realtime.stream import lateness, queries, tickets
from realtime.transport.supabase import publisher, relay
from tests.realtime.conftest import MakeEvents
from tests.realtime.page import in_thread, serve
from tests.realtime.tickets import TicketPage
from tests.support.environment import NOBODY

pytestmark = pytest.mark.usefixtures("quiet", "configured")
SECRET = "a-legacy-shared-secret-of-forty-characters"


@pytest.fixture
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "send_soon", lambda messages: None)
    monkeypatch.setattr(lateness, "_providers", [])  # the project has one, which asks the database
    settings.SUPABASE_URL, settings.SUPABASE_PUBLISHABLE_KEY = NOBODY, "sb_publishable_x"
    settings.SUPABASE_SIGNING_KEY, settings.SUPABASE_PAYLOAD = SECRET, "sealed"


def turn(stage: str, percent: int = 100) -> Rollout:
    return Rollout.objects.update_or_create(pk=1, defaults={"stage": stage, "percent": percent})[0]


def test_it_says_where_to_listen_and_with_what(ann: User, key: str, happen: MakeEvents) -> None:
    turn("on")
    happen(ann, count=3)

    async def story() -> None:
        found = await TicketPage(key).ticket()
        secret = (await in_thread(EventStream.objects.get, pk=ann.pk)).relay_secret
        claims = jwt.decode(found.pop("token"), SECRET, ["HS256"], audience="authenticated")
        assert b64decode(found.pop("seal")) == relay.seal_key(secret)
        assert claims["finito_topic"] == found["topic"] == relay.topic(secret)
        assert found == {
            "transport": "supabase",
            "url": "ws://127.0.0.1:9/realtime/v1/websocket",
            "key": "sb_publishable_x",
            "topic": relay.topic(secret),
            "expires_in": 300,
            "again_in": 60,
            "head": str(await in_thread(reading.head, ann.pk)),
            "late": [],
        }

    serve(story)


@pytest.mark.parametrize(("stage", "percent"), [("off", 100), ("shadow", 100), ("on", 0), ("", 0)])
def test_it_keeps_all_others_on_the_stream(ann: User, key: str, stage: str, percent: int) -> None:
    if stage:
        turn(stage, percent)

    async def story() -> None:
        assert await TicketPage(key).ticket() == {"transport": "sse"}
        assert not await in_thread(EventStream.objects.exclude(relay_secret="").exists)

    serve(story)


@pytest.mark.parametrize(
    ("scheme", "host", "transport"),
    [
        ("https", "finito.example", "supabase"),
        ("http", "finito.example", "sse"),
        ("http", "192.168.0.7:8000", "sse"),
        ("http", "[", "sse"),
        *[("http", f"{name}:8000", "supabase") for name in ("localhost", "ann.localhost", "127.0.0.1", "[::1]")],
    ],
)
def test_it_keeps_a_page_that_cannot_open_seals_on_the_stream(
    ann: User, key: str, scheme: str, host: str, transport: str
) -> None:
    turn("on")

    async def story() -> None:
        assert (await TicketPage(key, scheme, host).ticket())["transport"] == transport

    serve(story)


def test_it_is_the_stream_for_all_without_a_project(ann: User, key: str, settings: Settings) -> None:
    turn("on")
    settings.SUPABASE_URL = ""

    async def story() -> None:
        assert await TicketPage(key).ticket() == {"transport": "sse"}

    serve(story)


def test_it_answers_a_stranger_204_and_nobody_may_keep_it(db: None) -> None:
    async def story() -> None:
        for key in ("", "unknown", "\0abc", "x" * 5_000):
            page = await TicketPage(key).wait_for_end()
            assert (page.status, page.body, page.headers[b"cache-control"]) == (204, b"", b"no-store")

    serve(story)


@pytest.mark.parametrize(
    "headers",
    [{"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"origin": "https://elsewhere.example"}],
)
def test_it_answers_a_foreign_page_403(key: str, headers: dict[str, str]) -> None:
    async def story() -> None:
        page = await TicketPage(key, **headers).wait_for_end()
        assert (page.status, page.body) == (403, b"")

    serve(story)


def test_it_answers_get_only(key: str) -> None:
    async def story() -> None:
        assert (await TicketPage(key, method="POST").wait_for_end()).status == 405

    serve(story)


def test_rule_15_a_database_error_is_no_answer(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr("realtime.stream.sessions.signed_in", fail)

    async def story() -> None:
        page = await TicketPage(key).wait_for_end()
        assert (page.status, page.headers[b"retry-after"]) == (503, b"10")

    serve(story)


def test_rule_23_a_logout_during_the_ask_gives_no_ticket(
    ann: User, key: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn("on")
    grant = tickets._grant

    async def then_log_out(user_id: int) -> Any:
        found = await grant(user_id)
        await in_thread(client.logout)
        return found

    async def story() -> None:
        monkeypatch.setattr(tickets, "_grant", then_log_out)
        assert (await TicketPage(key).wait_for_end()).status == 204

    serve(story)


def test_it_writes_once_in_seven_minutes(
    ann: User, key: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    turn("on")
    tickets._granted([ann.pk])
    with django_assert_num_queries(3):
        assert tickets._granted([ann.pk])[ann.pk].secret
    EventStream.objects.update(relayed_until=None)
    assert tickets._granted([ann.pk])[ann.pk].secret
    assert EventStream.objects.get(pk=ann.pk).relayed_until


def test_it_answers_a_crowd_by_one_look(
    transactional_db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    turn("on")
    users = [User.objects.create(username=str(number)).pk for number in range(200)]
    tickets._granted(users)
    with django_assert_num_queries(3):
        assert all(grant.secret for grant in tickets._granted(users).values())


def test_many_ask_at_once_and_each_has_their_own(ann: User, bob: User, key: str) -> None:
    turn("on")

    async def story() -> None:
        found = await asyncio.gather(*(tickets._grant(user.pk) for user in (ann, bob, ann)))
        assert found[0].secret == found[2].secret != found[1].secret
        assert await queries.user_of(key) == ann.pk

    serve(story)
