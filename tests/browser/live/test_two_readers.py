"""Two people of one mailbox, each in a browser of their own before the real web: who reads what, as both see it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.beats import TURN
from tests.browser.live.in_place import Mailbox, acting, live, opened
from tests.browser.live.profiles import signed_in
from tests.support.live import Stack
from tests.support.live_clients import SignedIn

pytestmark = pytest.mark.slow  # beats come three seconds apart


@pytest.fixture(scope="module")
def mailbox(stack: Stack) -> Mailbox:
    return acting(stack, "ava")


@pytest.fixture(scope="module")
def bruno(stack: Stack, mailbox: Mailbox) -> SignedIn:
    bruno = stack.sign_in("bruno")
    bruno.connect(mailbox.email, wait=False)
    return bruno


@pytest.fixture
def pages(chromium: Browser, mailbox: Mailbox, bruno: SignedIn) -> Iterator[tuple[Page, Page]]:
    """One of Ava's and one of Bruno's."""
    contexts = [signed_in(chromium, mailbox.user), signed_in(chromium, bruno)]
    yield contexts[0].new_page(), contexts[1].new_page()
    for context in contexts:
        context.close()


def switch(page: Page, button: str) -> None:
    page.goto("/accounts/")
    page.get_by_role("button", name=button).click()
    expect(page.locator(".notice")).to_be_visible()


def readers_of(page: Page, subject: str) -> Locator:
    return page.locator(".row", has_text=subject).locator(".row-readers")


def test_presence_01_they_see_who_reads_what_from_the_switch_to_the_switch(
    pages: tuple[Page, Page], mailbox: Mailbox
) -> None:
    avas, brunos = pages
    mailbox.receive("the lease", "the lunch")
    live(brunos, "/")
    brunos.get_by_role("link", name="the lease").click()
    opened(brunos, "the lease")
    switch(avas, "Show to all who reads what")
    expect(brunos.get_by_text("Members see who reads this")).to_be_visible()
    live(avas, "/")
    expect(readers_of(avas, "the lease").locator(".face")).to_have_text("B")
    avas.get_by_role("link", name="the lease").click()
    opened(avas, "the lease")
    expect(avas.locator("#readers")).to_contain_text("bruno is reading this")
    expect(brunos.locator("#readers")).to_contain_text("ava is reading this")
    brunos.keyboard.press("k")
    opened(brunos, "the lunch")
    expect(readers_of(avas, "the lunch")).to_have_count(1)
    expect(avas.locator("#readers")).to_be_hidden()
    brunos.keyboard.press("u")
    expect(readers_of(avas, "the lunch")).to_have_count(0)
    expect(avas.locator("#faces p")).to_have_text("bruno here")
    switch(brunos, "Stop showing them")
    expect(avas.get_by_text("Members see who reads this")).to_be_hidden()


def test_presence_12_who_hides_the_page_is_not_shown_as_reading(pages: tuple[Page, Page], mailbox: Mailbox) -> None:
    avas, brunos = pages
    (thread,) = mailbox.receive("the keys")
    switch(brunos, "Show to all who reads what")
    live(brunos, mailbox.address(thread))
    live(avas, "/")
    expect(readers_of(avas, "the keys")).to_have_count(1)
    brunos.evaluate(TURN, "hidden")
    expect(readers_of(avas, "the keys")).to_have_count(0)
    brunos.evaluate(TURN, "visible")
    expect(readers_of(avas, "the keys")).to_have_count(1)
    switch(brunos, "Do not show me")
    expect(readers_of(avas, "the keys")).to_have_count(0)
    switch(brunos, "Show me")
    switch(brunos, "Stop showing them")
