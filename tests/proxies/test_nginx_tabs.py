"""Many tabs of a real browser over one HTTP/2 connection through nginx."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.proxies.nginx import ProxiedStack
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

TABS = 7  # one more than the connections that a browser opens to a host by HTTP/1.1
STREAMS = 12  # the most that a user may have
PLAIN_EVENT_SOURCE = """() => new Promise((opened) => {
    window.subjects = [];
    window.source = new EventSource("/events/");
    source.addEventListener("message.added", ({ data }) => subjects.push(JSON.parse(data).message.subject));
    source.addEventListener("ready", opened);
})"""
PROTOCOL = "() => performance.getEntriesByType('navigation')[0].nextHopProtocol"


@pytest.fixture
def context(chromium: "Browser", shared: ProxiedStack, user: SignedIn) -> Iterator["BrowserContext"]:
    """A browser profile that is signed in."""
    context = chromium.new_context(base_url=shared.url(), ignore_https_errors=True)
    page = context.new_page()
    page.goto("/")
    page.fill("[name=username]", user.name)
    page.fill("[name=password]", user.name)
    page.click("[type=submit]")
    page.wait_for_url(f"{shared.url()}/")
    page.close()
    yield context
    context.close()


def open_tab(context: "BrowserContext", path: str) -> "Page":
    tab = context.new_page()
    tab.goto(path)
    assert tab.evaluate(PROTOCOL) == "h2"
    return tab


def test_all_tabs_show_a_new_mail_over_one_stream(shared: ProxiedStack, context: "BrowserContext", email: str) -> None:
    tabs = [open_tab(context, "/") for _ in range(TABS)]
    for subject in ("first", "second"):
        shared.simulator.deliver(email, subject=subject)
        for tab in tabs:
            tab.locator(".row", has_text=subject).wait_for()
    eventually(lambda: shared.connections() == 1)  # nginx keeps those without a stream for some seconds
    context.close()
    eventually(lambda: shared.connections() == 0)


def test_tabs_with_a_stream_each_leave_room_for_a_page(
    shared: ProxiedStack, context: "BrowserContext", email: str
) -> None:
    tabs = [open_tab(context, "/livez") for _ in range(STREAMS)]  # has no stream of its own
    for tab in tabs:
        tab.evaluate(PLAIN_EVENT_SOURCE)
    open_tab(context, "/accounts/").close()
    shared.simulator.deliver(email, subject="for all")
    for tab in tabs:
        tab.wait_for_function("() => subjects.length === 1")
    eventually(lambda: shared.connections() == STREAMS)
    for tab in tabs[1:]:
        tab.evaluate("source.close()")
    eventually(lambda: shared.connections() == 1)  # the HTTP/2 connection is still there: each stream ends by itself
