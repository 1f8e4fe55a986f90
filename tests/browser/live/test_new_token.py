"""A page whose token a sign-in in another tab has made void goes on for its user, and does nothing for another one."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live.in_place import Mailbox, acting, live
from tests.support.live import Stack
from tests.support.waiting import eventually

NAME, OTHER = "twice", "colleague"


@pytest.fixture(scope="module")
def mailbox(stack: Stack) -> Mailbox:
    stack.create_users(OTHER)
    return acting(stack, NAME)


def sign_in(page: Page, name: str) -> None:
    """Sign in in another tab, though nobody has signed out: the browser has lost the session's cookie."""
    page.context.clear_cookies(name="sessionid")
    tab = page.context.new_page()
    tab.goto("/login/")
    tab.get_by_label("Username").fill(name)
    tab.get_by_label("Password").fill(name)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("#list")).to_be_visible()
    tab.close()


def test_it_acts_on_after_a_sign_in_in_another_tab(page: Page, mailbox: Mailbox) -> None:
    ids = mailbox.receive("first", "second")
    live(page, "/")
    sign_in(page, NAME)
    for _ in ids:
        page.keyboard.press("j")
        page.keyboard.press("e")
    eventually(lambda: not [one for one in ids if "INBOX" in mailbox.labels(one)])
    expect(page.get_by_role("alert")).to_have_count(0)
    page.locator(".me").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url("/login/")


def test_it_does_nothing_in_the_name_of_another_user(page: Page, mailbox: Mailbox) -> None:
    (gmail_id,) = mailbox.receive("kept")
    live(page, "/")
    sign_in(page, OTHER)
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("e")
    expect(page.get_by_role("button", name=OTHER)).to_have_count(1)
    assert "INBOX" in mailbox.labels(gmail_id)
