"""A ticket says no more than its page needs: a key where something is sealed, and what is late."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from realtime.stream import lateness
from tests.realtime.page import serve
from tests.realtime.stream.test_tickets import turn
from tests.realtime.tickets import TicketPage
from tests.support.supabase import supabase_at

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.any_database]


@pytest.fixture(autouse=True)
def _configured(settings: Settings) -> None:
    for name, value in supabase_at("https://ref.supabase.co").items():
        setattr(settings, name, value)


@pytest.mark.parametrize("payload", ["plain", "notice"])
def test_it_gives_no_seal_where_nothing_is_sealed(ann: User, key: str, settings: Settings, payload: str) -> None:
    turn("on")
    settings.SUPABASE_PAYLOAD = payload

    async def story() -> None:
        assert (await TicketPage(key).ticket())["seal"] is None

    serve(story)


def test_it_names_what_is_late(ann: User, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    turn("on")
    late = {"account_id": 7, "reason": "gmail", "since": None}
    monkeypatch.setattr(lateness, "_providers", [lambda users: {user_id: [late] for user_id in users}])

    async def story() -> None:
        assert (await TicketPage(key).ticket())["late"] == [late]

    serve(story)
