"""The page asks again by itself for what was not made in time, and says so; in the end it leaves that to its reader.

The real web, before a simulator that fails; the page's waits are put forward.
"""

from collections.abc import Iterator

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from playwright.sync_api import Locator, Page, Route, expect

from gmail_sync.reading.rendering import BUSY, Rendered
from tests.browser.live.in_place import Mailbox, live, opened
from tests.browser.test_presence_beats import LIMIT_BY_THE_PAGES_CLOCK
from tests.support.live import Stack

LONGEST_MS = 80_000  # a minute, and the jitter
LIMIT_MS = 20_000
TRIES, CONVERSATION_TRIES = 6, 4
POLLS, POLL_MS = 1_200, 50  # a minute: it only ends a test that would hang
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


@pytest.fixture
def page(page: Page, stack: Stack) -> Iterator[Page]:
    page.clock.install()
    yield page
    stack.simulator.clear_faults()


def line(page: Page) -> Locator:
    return page.locator(".late")


def put_forward(page: Page, until: Locator) -> None:
    """Put the page's waits forward, one after the other, until this is there."""
    for _ in range(POLLS):
        if until.count():
            return
        if page.get_by_text("asked for again in").count():  # what is asked for now has time to come
            page.clock.fast_forward(LONGEST_MS)
        page.wait_for_timeout(POLL_MS)
    expect(until).to_be_attached()


def asked(page: Page, end: str) -> list[str]:
    """What the page asks for from now on, of the addresses with this end."""
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url) if request.url.endswith(end) else None)
    return addresses


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
    addresses = asked(page, "/body/")
    live(page, mailbox.address(thread))
    expect(line(page)).to_contain_text(NOT_YET)
    put_forward(page, line(page).filter(has_text="This message did not come."))
    assert len(addresses) == 1 + TRIES
    expect(page.locator("#announcement")).to_have_text("This message did not come.")
    stack.simulator.clear_faults()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".message summary")).to_be_focused()
    expect(shown(page)).to_be_attached()


def test_a_layout_follows_its_text_but_takes_nobody_what_they_marked(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("in haste")
    asked_in = 60  # seconds: not before it is marked
    late = {"rendered": Rendered(notice=BUSY), "html": mark_safe("<pre>Mail</pre>"), "held": 0, "retry": asked_in}
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
    page.route("**/parts/", lambda route: route.fulfill(status=503, headers={"Retry-After": "60"}))
    live(page, mailbox.address(thread))
    expect(line(page)).to_contain_text("The attachments have not come yet.")
    page.unroute("**/parts/")
    with page.expect_response("**/parts/"):
        page.clock.fast_forward(LONGEST_MS)
    expect(line(page)).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "said"), [("**/body/**", NOT_YET), ("**/parts/", "The attachments have not come yet.")]
)
def test_a_network_that_takes_a_request_and_never_answers_is_asked_again(
    page: Page, mailbox: Mailbox, address: str, said: str
) -> None:
    page.add_init_script(LIMIT_BY_THE_PAGES_CLOCK)
    (thread,) = mailbox.receive("held up")
    page.route(address, lambda route: None)
    with page.expect_request(address):
        page.goto(mailbox.address(thread), wait_until="domcontentloaded")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    page.clock.fast_forward(LIMIT_MS)
    expect(line(page)).to_contain_text(said)
    page.unroute(address)
    page.clock.fast_forward(LONGEST_MS)
    expect(line(page)).to_have_count(0)
    expect(shown(page)).to_be_attached()


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
    (thread,) = mailbox.receive("unreachable")
    live(page, "/")
    page.route("**/conversations/**", lambda route: route.fulfill(status=503))
    addresses = asked(page, mailbox.address(thread))
    page.get_by_role("link", name="unreachable").click()
    expect(page.locator("#says")).to_contain_text("It is asked for again in")
    put_forward(page, page.get_by_role("alert").filter(has_text="The conversation did not come."))
    assert len(addresses) == 1 + CONVERSATION_TRIES
    expect(page).to_have_url("/")
    page.unroute("**/conversations/**")
    page.get_by_role("button", name="Try again").click()
    opened(page, "unreachable")


def test_mail_page_19_the_way_back_leads_to_a_row_that_comes_late(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("on its way")
    held: list[Route] = []
    page.route("**/messages/*", lambda one: held.append(one))
    with page.expect_request("**/messages/*"):
        live(page, mailbox.address(thread))
    page.keyboard.press("Escape")
    expect(page.locator("#list-title")).to_be_focused()
    page.route("**/messages/*", lambda one: one.continue_())  # the latest route counts
    for one in held:
        one.continue_()
    expect(page.get_by_role("link", name="on its way")).to_be_focused()
