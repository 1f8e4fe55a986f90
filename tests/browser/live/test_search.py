"""The search in Chromium, before the real web and a mailbox of the simulator's."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_clean
from tests.browser.live.profiles import signed_in
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

MAILBOX = "anna@gmail.example"
ARCHIVED: dict[str, Any] = {
    "label_ids": ["Label_1"],
    "subject": "An old lease",
    "from": "Mira <mira@rent.example>",
    "age": 86_400,
}


@pytest.fixture(scope="module")
def user(stack: Stack) -> SignedIn:
    stack.simulator.create_mailbox(MAILBOX)
    stack.simulator.deliver(MAILBOX, **ARCHIVED)
    user = stack.sign_in("anna")
    user.connect(MAILBOX)
    stack.simulator.deliver(MAILBOX, subject="The new lease", label_ids=["INBOX", "UNREAD"])
    stack.simulator.deliver(MAILBOX, subject="Lunch", label_ids=["INBOX"])
    eventually(lambda: "Lunch" in user.get("/messages/").text, 90)
    return user


def test_it_finds_here_then_in_all_mail_and_goes_back(page: Page, stack: Stack) -> None:
    page.goto("/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("lease")
    rows = page.locator("#found-rows .row-subject")
    expect(page.locator("#found-count")).to_contain_text("1 here")
    expect(rows).to_have_text(["The new lease"])
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["The new lease", "An old lease"])
    expect(page.locator("#found-told")).to_have_text("anna@ has answered.")
    expect(page.locator("#found-rows .row-place:visible")).to_have_text(["Archived"])
    expect(page).to_have_url("/?q=lease")
    found = page.locator("#found-rows .row.unread")
    expect(found).to_have_count(1)
    stack.simulator.change(MAILBOX, str(found.get_attribute("data-key")).split(":")[1], "modify", remove=["UNREAD"])
    expect(found).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.locator("#rows .row-subject").first).to_be_visible()
    expect(page).to_have_url("/")


def test_it_has_an_address_and_works_without_scripts(chromium: Browser, user: SignedIn) -> None:
    context = signed_in(chromium, user, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("from:mira")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/?q=from%3Amira")
    page.get_by_role("link", name="An old lease").click()
    expect(page.get_by_role("heading", name="An old lease")).to_be_visible()
    context.close()


def test_the_page_is_clean(page: Page, axe: str) -> None:
    page.goto("/?q=lease")
    expect(page.locator("#found-rows .row").first).to_be_visible()
    assert_clean(page, axe)
