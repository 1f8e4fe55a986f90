"""A phone, upright and on its side, and a zoom of 400 %: nothing sticks out, and there is room for the list."""

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, visit
from tests.support.inbox import connected, mail

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [(360, 740), (320, 256), (667, 330)]


def test_it_fits_a_phone_whatever_people_write(page: Page, site: Site, account: GmailAccount) -> None:
    for number, text in enumerate(["W" * 400, "👩‍👩‍👧‍👦" * 80, "שלום " * 60, "a@b.example/" * 40], start=1):
        mail(account, number, subject=text, snippet=text, sender=text)
    connected(site.user, f"{'long-' * 30}@example.com", state="reauth_required")
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/accounts/"):
        visit(page, site, path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("size", SIZES)
def test_notices_leave_room_for_the_list(page: Page, site: Site, account: GmailAccount, size: tuple[int, int]) -> None:
    mail(account, 1)
    for number in range(9):
        connected(site.user, f"number-{number}@example.com", state="reauth_required")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(page, site)
    expect(page.locator(".list-notices .notice:visible")).to_have_count(10)
    assert page.locator("#listing").evaluate("(list) => list.clientHeight") > 50
