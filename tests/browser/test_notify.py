"""Notices of the system's: asked for by a button, remembered, and only while no page of Finito is looked at."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gmail_sync.models import GmailAccount
from launcher.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.browser.acts import open_settings
from tests.browser.site import Site, stop_clock, unsaved, visit
from tests.browser.stream_server import StreamServer
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)

# The browser's own notices, noted as they are shown and closed. A headless page is always looked at: `turn` plays that.
NOTE = """
window.shown = [];
window.Notification = class extends Notification {
  constructor(...words) {
    super(...words);
    window.shown.push(this);
    this.addEventListener("show", () => (this.isShown = true));
    this.addEventListener("close", () => (this.isClosed = true));
  }
};
Object.defineProperty(document, "hidden", { get: () => Boolean(window.looksAway), configurable: true });
window.turn = (away) => { window.looksAway = away; document.dispatchEvent(new Event("visibilitychange")); };
"""
ASK_WHO_LOOKS = "async () => { await navigator.locks.query(); }"  # as the page does at each mail
SHOWN = "() => shown.map(({ title, body, isClosed }) => [title, body, !isClosed])"


@pytest.fixture(scope="module")
def chromium(chromium: Browser) -> Iterator[Browser]:
    """The whole browser, which has notices; the one that the other tests share need not."""
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def page(context: BrowserContext, server: StreamServer) -> Page:
    context.grant_permissions(["notifications"], origin=server.url)
    context.add_init_script(NOTE)
    return context.new_page()


def turn_on(page: Page) -> None:
    open_settings(page)
    page.get_by_role("button", name="Notices of new mail").click()
    expect(page.locator("#notify-state")).to_have_text("On: told while no page of Finito is looked at")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()


def wait_until_shown(page: Page, count: int) -> None:
    page.wait_for_function("count => shown.length === count && shown.every(({ isShown }) => isShown)", arg=count)


def arrive(site: Site, account: GmailAccount, number: int, *labels: str) -> None:
    fields: dict[str, Any] = {"sender_name": "Mira", "subject": f"number {number}"}
    site.tell("message.added", unsaved(account, number, *(labels or ("INBOX", "UNREAD")), **fields))


def test_mail_page_20_it_tells_only_while_nobody_looks(
    page: Page, context: BrowserContext, site: Site, account: GmailAccount
) -> None:
    visit(page, site)
    arrive(site, account, 1)
    expect(page.locator("#rows .row")).to_have_count(1)
    turn_on(page)
    arrive(site, account, 2)
    expect(page.locator("#rows .row")).to_have_count(2)
    page.evaluate("turn(true)")
    arrive(site, account, 3)
    wait_until_shown(page, 1)
    assert page.evaluate(SHOWN) == [["Mira", "number 3", True]]
    page.evaluate("turn(false)")
    page.wait_for_function("() => shown[0].isClosed")
    other = context.new_page()
    visit(other, site)
    page.evaluate("turn(true)")
    arrive(site, account, 4)
    expect(page.locator("#rows .row")).to_have_count(4)
    page.evaluate(ASK_WHO_LOOKS)
    assert len(page.evaluate(SHOWN)) == 1  # the other tab is looked at


def test_a_look_that_was_over_at_once_keeps_nothing_from_being_told(
    page: Page, site: Site, account: GmailAccount
) -> None:
    visit(page, site)
    turn_on(page)
    page.evaluate("turn(true); turn(false); turn(false); turn(true)")
    arrive(site, account, 1)
    wait_until_shown(page, 1)


def test_many_are_one_and_what_is_read_elsewhere_is_no_longer_told(
    page: Page, site: Site, account: GmailAccount
) -> None:
    page.clock.install()
    visit(page, site)
    turn_on(page)
    page.evaluate("turn(true)")
    stop_clock(page)
    for number in range(1, 6):
        arrive(site, account, number)
    arrive(site, account, 6, "SENT")
    arrive(site, account, 7, "INBOX")
    expect(page.locator("#rows .row")).to_have_count(6)
    page.evaluate(ASK_WHO_LOOKS)
    page.clock.run_for(10_000)
    wait_until_shown(page, 2)
    assert [title for title, *_ in page.evaluate(SHOWN)] == ["Mira", "4 new messages"]
    site.tell("message.changed", unsaved(account, 1, "INBOX"), added_label_ids=[], removed_label_ids=["UNREAD"])
    page.wait_for_function("() => shown[0].isClosed")


def test_a_press_opens_what_it_tells_of(page: Page, site: Site, account: GmailAccount) -> None:
    visit(page, site)
    turn_on(page)
    page.evaluate("turn(true)")
    arrive(site, account, 3)
    wait_until_shown(page, 1)
    with page.expect_request(f"**/conversations/{account.pk}/t3/"):
        page.evaluate("shown[0].dispatchEvent(new Event('click'))")


def test_it_is_remembered_and_names_nobody_if_so_set(page: Page, site: Site, account: GmailAccount) -> None:
    mail(account, 1)
    visit(page, site)
    turn_on(page)
    open_settings(page)
    page.get_by_label("Notices name the sender and the subject").uncheck()
    page.reload()
    expect(page.locator("[data-connection=live]")).to_be_visible()
    page.evaluate("turn(true)")
    arrive(site, account, 2)
    wait_until_shown(page, 1)
    assert page.evaluate(SHOWN) == [["New mail", "", True]]


def test_a_browser_that_forbids_it_says_so(
    page: Page, context: BrowserContext, site: Site, account: GmailAccount
) -> None:
    context.clear_permissions()
    visit(page, site)
    open_settings(page)
    page.get_by_role("button", name="Notices of new mail").click()
    expect(page.locator("#notify-state")).to_contain_text("Your browser forbids it")
