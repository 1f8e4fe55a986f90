"""A page asks for a ticket where Supabase is configured, and for nothing more than before where it is not."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page
from pytest_django import Settings

from gmail_sync.models import GmailAccount
from tests.browser.relayed import TICKET
from tests.browser.site import Site, visit
from tests.support.supabase import supabase_at
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

PLACE = "/static/realtime/"
BESIDE = {
    f"{PLACE}{name}.js" for name in ("supabase-connection", "kept-channel", "tickets", "supabase-channel", "seal")
}


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_page_30_without_supabase_a_page_asks_for_no_ticket(
    page: Page, site: Site, account: GmailAccount, path: str
) -> None:
    visit(page, site, path)
    site.server.say("hb", 0, {})
    page.evaluate("fetch('/livez')")
    eventually(lambda: "/livez" in site.server.page_requests)
    assert not {TICKET, *BESIDE} & set(site.server.page_requests)
    assert "ticket" not in page.evaluate("({ ...document.body.dataset })")
    assert all((Path(django_settings.BASE_DIR) / "realtime" / path[1:]).exists() for path in BESIDE)


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_with_supabase_it_asks_for_one_beside_the_stream(
    page: Page, site: Site, account: GmailAccount, settings: Settings, path: str
) -> None:
    for name, value in supabase_at("https://ref.supabase.co").items():
        setattr(settings, name, value)
    site.server.pages[TICKET] = b'{"transport": "sse"}'
    visit(page, site, path)
    eventually(lambda: TICKET in site.server.page_requests)
    assert set(site.server.page_requests) >= BESIDE
