"""A page behind an nginx that holds streams back is live by asking, and back on the stream when that works."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.proxies.nginx import ProxiedStack
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FROM_CURSOR = """() => {
    window.ids = [];
    window.states = [];
    return import("/static/realtime/event-stream.js").then(({ EventStream }) => {
        const { events: url, cursor } = document.body.dataset;
        const types = ["message.added", "message.changed", "message.deleted", "mailbox.counts", "account.status"];
        window.stream = new EventStream({
            url, cursor, types, share: false, onEvent: (type, payload, id) => ids.push(id),
            onReset: (reason) => ids.push(reason), onState: (state) => states.push(state),
        });
        return cursor;
    });
}"""


HOLDING_BACK = {"proxy_buffering off;": "proxy_buffering on;", "gzip off;": "gzip on;"}


def let_through(stack: ProxiedStack, directory: Path, streams: bool) -> None:
    """Have nginx pass streams on, or buffer and compress them, as it does where nobody has told it of streams.

    One that buffers and does not compress passes on what comes in chunks, as HTTP/1.1 has them.
    """
    site = directory / "site.conf"
    text = site.read_text()
    for off, on in HOLDING_BACK.items():
        text = text.replace(on, off) if streams else text.replace(off, on)
    site.write_text(text)
    stack.stop("nginx")
    stack.start("nginx")


@pytest.fixture
def tab(chromium: "Browser", shared: ProxiedStack, directory: Path, user: SignedIn) -> "Iterator[Page]":
    """The inbox of a signed-in user, in a network that holds streams back."""
    context = chromium.new_context(base_url=shared.url(), ignore_https_errors=True)
    context.add_cookies(
        [{"name": name, "value": value, "url": shared.url()} for name, value in user.http.cookies.items()]
    )
    let_through(shared, directory, streams=False)
    tab = context.new_page()
    tab.set_default_timeout(120_000)
    tab.goto("/")
    yield tab
    context.close()


def test_a_page_is_live_by_asking_until_streams_come_through(
    shared: ProxiedStack, directory: Path, tab: "Page", email: str
) -> None:
    start = tab.evaluate(FROM_CURSOR)
    shared.simulator.deliver(email, subject="first")
    tab.locator("[data-connection=asking]").wait_for()
    assert "Live by asking" in tab.locator(".connection-words").inner_text()
    tab.locator(".row", has_text="first").wait_for()
    for number in range(5):
        shared.simulator.deliver(email, subject=f"asked for {number}")
        tab.locator(".row", has_text=f"asked for {number}").wait_for()
    let_through(shared, directory, streams=True)
    tab.locator("[data-connection=live]").wait_for()
    tab.wait_for_function("() => stream.state === 'live'")
    shared.simulator.deliver(email, subject="by stream")
    tab.locator(".row", has_text="by stream").wait_for()
    epoch, _, seq = start.rpartition("-")
    eventually(lambda: tab.evaluate("ids.length") >= 7)
    ids = tab.evaluate("ids")
    assert ids == [f"{epoch}-{int(seq) + number}" for number in range(1, len(ids) + 1)]
    assert "asking" in tab.evaluate("states")
