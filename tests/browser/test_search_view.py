"""The search on the page: while one types, after Enter, and back, with answers that the test gives."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount, Message
from tests.browser.site import Site, unsaved, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)


def find(site: Site, *found: Message, **more: Any) -> None:
    """Let the next searches find these."""
    rows = [{**row.as_json(), "account_id": row.account_id, "in_inbox": row.in_inbox, "kept": True} for row in found]
    accounts = [{"id": row.account_id, "state": "ok", "retry_after": 0} for row in found[:1]]
    answer = {"cursor": "x-0", "messages": rows, "after": None, "accounts": accounts, "here": True, **more}
    site.server.pages["/search/"] = json.dumps(answer).encode()


def test_it_finds_while_one_types_and_in_all_mail(page: Page, site: Site, account: GmailAccount) -> None:
    for number in range(1, 41):
        mail(account, number, "INBOX", subject=f"number {number}")
    archived = unsaved(account, 90, "STARRED", subject="An old lease")
    visit(page, site)
    page.locator("#listing").evaluate("element => element.scrollTo(0, 400)")
    find(site, archived)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("lease")
    found = page.locator("#found-rows .row")
    expect(found.locator(".row-subject")).to_have_text(["An old lease"])
    expect(page.locator("#found-count")).to_have_text("1 here; Enter asks all mail")
    expect(found.locator(".row-place")).to_have_text("Archived")
    find(site, archived, unsaved(account, 91, "INBOX", "UNREAD", subject="The lease"), here=False)
    page.keyboard.press("Enter")
    expect(found.locator(".row-subject")).to_have_text(["The lease", "An old lease"])
    expect(page).to_have_url("/?q=lease")
    site.tell("message.changed", unsaved(account, 91, "INBOX"), added_label_ids=[], removed_label_ids=["UNREAD"])
    expect(page.locator("#found-rows .row.unread")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#listing")).to_be_visible()
    assert page.locator("#listing").evaluate("element => element.scrollTop") == 400
    expect(page).to_have_url("/")


def test_it_is_narrowed_by_buttons(page: Page, site: Site, account: GmailAccount) -> None:
    mail(account, 1, "INBOX")
    visit(page, site)
    find(site, unsaved(account, 90, "STARRED", subject="An old lease"), here=False)
    box = page.get_by_role("searchbox", name="Search mail")
    box.fill("lease")
    box.press("Enter")
    unread = page.get_by_role("button", name="is:unread")
    for query, is_pressed in [("lease is:unread", "true"), ("lease", "false")]:
        with page.expect_request(f"**/search/?{urlencode({'q': query})}&*"):
            unread.click()
        expect(unread).to_have_attribute("aria-pressed", is_pressed)
        expect(unread).to_be_focused()
    page.get_by_role("button", name="from:").click()
    expect(box).to_have_value("lease from:")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()


def test_it_says_who_did_not_answer_and_opens_elsewhere_what_it_has_not(
    page: Page, site: Site, account: GmailAccount
) -> None:
    mail(account, 1, "INBOX")
    visit(page, site)
    message = {**unsaved(account, 90, "TRASH", subject="<b>lease</b>").as_json(), "account_id": account.pk}
    told = [{"id": account.pk, "state": "throttled", "retry_after": 12}]
    find(site, messages=[{**message, "in_inbox": False, "kept": False}], accounts=told, after="1:", here=False)
    page.get_by_role("searchbox").fill("lease")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("#found-told")).to_have_text("anna@ wants a pause of 12 s.")
    expect(page.locator("#found-rows .row-place")).to_have_text("Trash")
    expect(page.locator("#found-rows .row-subject")).to_have_text("<b>lease</b>")
    expect(page.locator("#found-rows .row-link")).to_have_attribute("target", "_blank")
    expect(page.get_by_role("button", name="Show more")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
