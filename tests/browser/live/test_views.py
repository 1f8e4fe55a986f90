"""Views beside the inbox, before the real web, worker and simulator: addresses, acts in them, and what is live."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.acts import press
from tests.browser.axe import assert_clean
from tests.browser.live.in_place import Mailbox, acting, live, opened
from tests.browser.live.profiles import signed_in
from tests.support.live import Stack
from tests.support.waiting import eventually


@pytest.fixture
def mailbox(stack: Stack, request: pytest.FixtureRequest) -> Mailbox:
    """A mailbox with an archived receipt that the mirror lacks, and two mails in the inbox."""
    name = f"u{abs(hash(request.node.name))}"
    stack.simulator.create_mailbox(f"{name}@gmail.example")
    stack.simulator.deliver(f"{name}@gmail.example", subject="An old receipt", label_ids=["Label_1"], age=86_400)
    box = acting(stack, name)
    box.receive("one", "two")
    return box


def label(page: Page, mailbox: Mailbox) -> str:
    """Open the page on the mailbox's receipts; returns their address.

    Whatever Gmail finds while a worker has the mailbox is not kept, and its row leads to Gmail (docs/adr/0039).
    """
    address = f"/?account={mailbox.account_id}&view=Label_1"

    def opens_here() -> bool:
        live(page, address)
        expect(page.locator("#found-rows .row-subject")).to_have_text(["An old receipt"])
        return page.locator("#found-rows .row-link[target]").count() == 0

    eventually(opens_here)
    return address


def inbox_of(mailbox: Mailbox) -> list[list[str]]:
    """The labels of each mail that the server lists."""
    return [message["label_ids"] for message in mailbox.user.get("/messages/").json()["messages"]]


def test_keys_lead_to_views_and_the_ways_back_through_them(page: Page, mailbox: Mailbox) -> None:
    live(page, "/")
    page.evaluate("window.kept = true")
    page.keyboard.press("j")
    page.keyboard.press("s")
    press(page, *"gs")
    expect(page.locator("#found-rows .row-subject")).to_have_text(["two"])
    expect(page.locator("#found-count")).to_contain_text("As of ")
    expect(page).to_have_title(re.compile("Starred - Finito$"))
    expect(page).to_have_url("/?view=starred")
    press(page, *"ga")
    expect(page.get_by_role("heading", name="All mail")).to_be_visible()
    expect(page.locator("#found-rows .row-subject")).to_have_text(["two", "one", "An old receipt"])
    page.go_back()
    expect(page.get_by_role("heading", name="Starred")).to_be_visible()
    page.go_back()
    expect(page.locator("#rows .row").first).to_be_visible()
    assert page.evaluate("window.kept && location.pathname + location.search") == "/"


def test_a_conversation_opens_beside_a_view_and_a_reload_shows_both(page: Page, mailbox: Mailbox) -> None:
    address = label(page, mailbox)
    page.get_by_role("link", name="An old receipt").click()
    opened(page, "An old receipt")
    expect(page).to_have_url(re.compile(rf"/conversations/.*\?account={mailbox.account_id}&view=Label_1$"))
    page.reload()
    opened(page, "An old receipt")
    expect(page.locator("#found-rows .row-subject")).to_have_text(["An old receipt"])
    page.keyboard.press("u")
    expect(page.locator("#reader")).to_have_count(0)
    expect(page).to_have_url(address)  # it goes back after the conversation is put away


def test_acts_work_in_a_view_and_what_no_longer_belongs_there_goes(page: Page, mailbox: Mailbox) -> None:
    label(page, mailbox)
    page.keyboard.press("j")
    page.keyboard.press("l")
    page.get_by_role("checkbox", name="Receipts").uncheck()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#found-rows .row")).to_have_count(0)
    expect(page.locator("#found-empty")).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")
    page.keyboard.press("z")
    expect(page.locator("#found-rows .row-subject")).to_have_text(["An old receipt"])


def test_a_view_is_live_for_what_the_mirror_has(page: Page, mailbox: Mailbox, stack: Stack) -> None:
    label(page, mailbox)
    (new,) = stack.simulator.deliver(mailbox.email, subject="A new receipt", label_ids=["INBOX", "UNREAD", "Label_1"])
    rows = page.locator("#found-rows .row-subject")
    expect(rows).to_have_text(["A new receipt", "An old receipt"])
    press(page, *"jk#")
    expect(rows).to_have_text(["An old receipt"])
    eventually(lambda: "TRASH" in mailbox.labels(new), 60)


def test_a_link_of_the_rail_leads_there_in_place_and_without_scripts(
    page: Page, chromium: Browser, mailbox: Mailbox
) -> None:
    live(page, f"/?account={mailbox.account_id}")
    page.get_by_role("button", name="Other mailboxes, views and labels").click()
    page.get_by_role("link", name="Receipts").click()
    expect(page.get_by_role("heading", name="Receipts")).to_be_visible()
    expect(page.locator("#views")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#rows .row").first).to_be_visible()
    context = signed_in(chromium, mailbox.user, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"/?account={mailbox.account_id}&view=Label_1")
    expect(plain.get_by_role("link", name="An old receipt")).to_be_visible()
    context.close()


def test_what_was_read_stays_in_the_view_of_unread_mail_until_it_is_left(page: Page, mailbox: Mailbox) -> None:
    live(page, "/")
    press(page, *"gu")
    rows = page.locator("#found-rows .row-subject")
    expect(rows).to_have_text(["two", "one"])
    press(page, "j", "Shift+I")
    expect(page.locator("#found-rows .row.unread")).to_have_count(1)
    expect(rows).to_have_count(2)
    press(page, "j", "e")
    expect(rows).to_have_text(["two"])
    eventually(lambda: inbox_of(mailbox) == [["INBOX"]])
    page.locator("#found").get_by_role("link", name="All", exact=True).click()
    expect(page.locator("#rows .row-subject:visible")).to_have_text(["two"])
    page.locator("#inbox-head").get_by_role("link", name="Unread").click()
    expect(page.locator("#found-empty")).to_be_visible()
    expect(page.locator("#found .tabs [aria-current]")).to_have_text("Unread")


def test_a_key_leads_to_the_labels_and_back(page: Page, mailbox: Mailbox) -> None:
    live(page, f"/?account={mailbox.account_id}&view=starred")
    press(page, *"gl")
    expect(page.get_by_role("link", name="Receipts")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#views")).to_be_hidden()
    expect(page.get_by_role("heading", name="Starred")).to_be_visible()
    press(page, "g", "l", "Enter")
    expect(page.get_by_role("heading", name="Receipts")).to_be_focused()
    expect(page.locator("#found-rows .row-subject")).to_have_text(["An old receipt"])


def test_what_is_in_the_trash_goes_back_into_the_inbox(page: Page, mailbox: Mailbox) -> None:
    live(page, "/")
    press(page, *"j#")
    expect(page.locator("#rows .row-subject:visible")).to_have_text(["one"])
    live(page, "/?view=trash")
    expect(page.locator("#found-rows .row-subject")).to_have_text(["two"])
    press(page, *"jx")
    page.get_by_role("toolbar").get_by_role("button", name="Move to the inbox").click()
    expect(page.locator(".undo")).to_contain_text("Moved “two” to the inbox")
    expect(page.locator("#found-rows .row")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#rows .row-subject:visible")).to_have_text(["two", "one"])


def test_views_are_clean(page: Page, mailbox: Mailbox, axe: str) -> None:
    label(page, mailbox)
    assert_clean(page, axe)
    live(page, "/?view=spam")
    expect(page.locator("#found-empty")).to_be_visible()
    assert_clean(page, axe)
