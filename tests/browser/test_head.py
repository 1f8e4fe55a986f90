"""The head of the list, title and icon: what arrives while the reader is elsewhere is told and moves nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, unsaved, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)

TOP = "number => document.querySelector(`[data-thread=t${number}]`).getBoundingClientRect().top"
SCROLLED = "() => document.getElementById('listing').scrollTop"


def test_it_tells_what_arrived_above_and_leaves_the_rows_where_they_are(
    page: Page, site: Site, account: GmailAccount
) -> None:
    for number in range(1, 41):
        mail(account, number, "INBOX", subject=f"number {number}")
    visit(page, site)
    page.locator("#listing").evaluate("element => element.scrollTo(0, 400)")
    page.wait_for_function("() => document.getElementById('listing').scrollTop === 400")
    place = page.evaluate(TOP, 25)
    for number in range(41, 44):
        site.tell("message.added", unsaved(account, number, "INBOX", "UNREAD"))
    news = page.get_by_role("button", name="3 new")
    expect(news).to_be_visible()
    assert page.evaluate(TOP, 25) == place
    expect(page.locator("#announcement")).to_have_text("3 new messages")
    news.click()
    expect(page.locator("#news")).to_be_hidden()
    assert page.evaluate(SCROLLED) == 0


def test_title_and_icon_tell_unread_mail_and_its_end(page: Page, site: Site, account: GmailAccount) -> None:
    message = mail(account, 1, "INBOX", "UNREAD")
    visit(page, site)
    icon = page.locator("link[rel=icon]")
    expect(page).to_have_title("(1) Inbox - Finito")
    expect(icon).to_have_attribute("href", re.compile("favicon-unread"))
    message.set_labels(["INBOX"])
    site.tell("message.changed", message, added_label_ids=[], removed_label_ids=["UNREAD"])
    expect(page).to_have_title("Inbox - Finito")
    expect(icon).to_have_attribute("href", re.compile("favicon[^-]*$"))
