"""The page asks again by itself for what was not made in time, and says so; in the end it leaves that to its reader.

The real web, before a simulator that fails; the page's waits are put forward.
"""

from collections.abc import Iterator

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from gmail_sync.reading.rendering import BUSY, Rendered
from tests.browser.in_place import Mailbox, acting, live, opened
from tests.support.live import Stack

LONGEST_MS = 80_000  # a minute, and the jitter
TRIES = 6
NOT_YET = "This message has not come yet. It is asked for again in"
WAITS = """async (asked) => {
  const { Again } = await import("/static/gmail_sync/again.js");
  const again = new Again();
  return asked.map((seconds) => again.wait(seconds));
}"""
MARK = """() => {
  const { contentDocument } = document.querySelector(".frame");
  contentDocument.getSelection().selectAllChildren(contentDocument.querySelector("pre"));
}"""


@pytest.fixture(scope="module")
def mailbox(stack: Stack) -> Mailbox:
    return acting(stack, "ann")


@pytest.fixture
def page(chromium: Browser, mailbox: Mailbox, stack: Stack) -> Iterator[Page]:
    context = mailbox.browser(chromium)
    context.clock.install()
    yield context.new_page()
    context.close()
    stack.simulator.clear_faults()


def line(page: Page) -> Locator:
    return page.locator(".late")


def shown(page: Page) -> Locator:
    """The mail itself, and no refusal, in its frame."""
    return page.frame_locator(".frame").locator("html[data-held]:not([data-refused], [data-retry])")


def test_it_waits_ever_longer_and_not_for_ever(tab: Page) -> None:
    assert tab.evaluate(WAITS, [0, 0, 30, 0, 0, 0, 0]) == [2_000, 4_000, 30_000, 16_000, 32_000, 60_000, None]


def test_a_mail_that_gmail_does_not_give_comes_once_it_does(page: Page, mailbox: Mailbox, stack: Stack) -> None:
    (thread,) = mailbox.receive("refused")
    stack.simulator.fault("messages.get", status=503, times=None)
    live(page, mailbox.address(thread))
    expect(line(page)).to_contain_text(NOT_YET)
    expect(page.frame_locator(".frame").get_by_text("Gmail does not answer just now.")).to_be_visible()
    stack.simulator.clear_faults()
    page.clock.fast_forward(LONGEST_MS)
    expect(shown(page)).to_be_attached()
    expect(line(page)).to_have_count(0)


def test_a_frame_that_got_no_answer_is_asked_for_again(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("unanswered")
    page.route("**/body/**", lambda route: route.abort())
    live(page, mailbox.address(thread))
    expect(line(page)).to_contain_text(NOT_YET)
    page.unroute("**/body/**")
    page.clock.fast_forward(LONGEST_MS)
    expect(shown(page)).to_be_attached()
    expect(line(page)).to_have_count(0)


def test_it_gives_up_in_words_and_leaves_the_next_try_to_the_reader(page: Page, mailbox: Mailbox, stack: Stack) -> None:
    (thread,) = mailbox.receive("never")
    stack.simulator.fault("messages.get", status=503, times=None)
    live(page, mailbox.address(thread))
    for _ in range(TRIES):
        expect(line(page)).to_contain_text(NOT_YET)
        with page.expect_response("**/body/**"):
            page.clock.fast_forward(LONGEST_MS)
    expect(line(page)).to_contain_text("This message did not come.")
    expect(page.locator("#announcement")).to_have_text("This message did not come.")
    stack.simulator.clear_faults()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".message summary")).to_be_focused()
    expect(shown(page)).to_be_attached()


def test_a_layout_follows_its_text_but_takes_nobody_what_they_marked(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("in haste")
    late = {"rendered": Rendered(notice=BUSY), "html": mark_safe("<pre>Mail</pre>"), "held": 0, "retry": 3}
    body = render_to_string("gmail_sync/mail_body.html", late)
    page.route("**/body/**", lambda route: route.fulfill(body=body, content_type="text/html"))
    live(page, mailbox.address(thread))
    expect(line(page)).to_contain_text("The layout of this message is asked for again in")
    page.unroute("**/body/**")
    page.evaluate(MARK)
    page.clock.fast_forward(LONGEST_MS)
    expect(page.frame_locator(".frame").get_by_text("Mail", exact=True)).to_be_visible()
    page.evaluate("document.querySelector('.frame').contentDocument.getSelection().empty()")
    page.clock.fast_forward(LONGEST_MS)
    expect(shown(page)).to_be_attached()
    expect(line(page)).to_have_count(0)


def test_attachments_that_do_not_come_are_asked_for_again(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("with files")
    page.route("**/parts/", lambda route: route.fulfill(status=503, headers={"Retry-After": "7"}))
    live(page, mailbox.address(thread))
    expect(line(page)).to_contain_text("The attachments have not come yet.")
    page.unroute("**/parts/")
    with page.expect_response("**/parts/"):
        page.clock.fast_forward(LONGEST_MS)
    expect(line(page)).to_have_count(0)


def test_a_conversation_opens_as_soon_as_it_comes(page: Page, mailbox: Mailbox) -> None:
    mailbox.receive("from the list")
    live(page, "/")
    page.route("**/conversations/**", lambda route: route.abort())
    page.get_by_role("link", name="from the list").click()
    expect(page.locator("#says")).to_contain_text("The conversation has not come yet. It is asked for again in")
    page.unroute("**/conversations/**")
    page.clock.fast_forward(LONGEST_MS)
    opened(page, "from the list")
    expect(page.locator("#says")).to_have_text("")


def test_a_conversation_that_never_comes_leaves_the_list_as_it_is(page: Page, mailbox: Mailbox) -> None:
    mailbox.receive("unreachable")
    live(page, "/")
    page.route("**/conversations/**", lambda route: route.fulfill(status=503))
    page.get_by_role("link", name="unreachable").click()
    for _ in range(4):
        expect(page.locator("#says")).to_contain_text("It is asked for again in")
        with page.expect_response("**/conversations/**"):
            page.clock.fast_forward(LONGEST_MS)
    expect(page.get_by_role("alert")).to_contain_text("The conversation did not come.")
    assert page.url.endswith("/")
    page.unroute("**/conversations/**")
    page.get_by_role("button", name="Try again").click()
    opened(page, "unreachable")


def test_mail_page_19_the_way_back_leads_to_a_row_that_comes_late(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("on its way")
    asked: list[Route] = []
    page.route("**/messages/*", lambda one: asked.append(one))
    live(page, mailbox.address(thread))
    page.keyboard.press("Escape")
    expect(page.locator("#list-title")).to_be_focused()
    for one in asked:
        one.continue_()
    expect(page.get_by_role("link", name="on its way")).to_be_focused()
