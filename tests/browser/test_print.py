"""On paper a page is whole: what scrolls on the screen goes on over the sheets."""

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("path", "last"), [("/", "#rows .row >> nth=-1"), ("/accounts/", "main a >> nth=-1")])
def test_it_is_printed_to_its_end(page: Page, site: Site, account: GmailAccount, path: str, last: str) -> None:
    for number in range(1, 31):
        mail(account, number, "INBOX", "UNREAD")
    visit(page, site, path)
    page.set_viewport_size({"width": 800, "height": 150})
    page.emulate_media(media="print")
    expect(page.locator(":is(.bar, .tabs):visible")).to_have_count(0)
    expect(page.locator(last)).to_be_visible()
    bottom = page.locator(last).bounding_box()
    assert bottom
    assert page.evaluate("document.documentElement.scrollHeight") >= bottom["y"] + bottom["height"] > 150
