"""Where a network holds the stream back, a page asks for its events, and returns to the stream when it works."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import open_tab
from tests.browser.stream_server import StreamServer
from tests.browser.test_event_stream import listen, wait_until
from tests.support.waiting import eventually

HELD_MS, TRIAL_MS = 9_500, 31_000


@pytest.fixture
def context(chromium: Browser, server: StreamServer) -> Iterator[BrowserContext]:
    """A browser whose clock the test puts forward, in a network that holds streams back."""
    server.held_back = True
    context = chromium.new_context(base_url=server.url)
    context.add_init_script("Math.random = () => 0")
    context.clock.install()
    yield context
    context.close()


def listen_by_asking(tab: Page, server: StreamServer, seq: int = 0, **options: object) -> None:
    asks = len(server.asks)
    tab.evaluate("options => { listen(options) }", {"cursor": server.id(seq), **options})
    eventually(lambda: server.asked)
    tab.clock.fast_forward(HELD_MS)
    wait_until(tab, "stream.state === 'asking'")
    assert server.asks[asks] == server.id(seq)


def test_it_asks_where_the_stream_says_nothing(tab: Page, server: StreamServer) -> None:
    ids = [server.append() for _ in range(5)]
    listen_by_asking(tab, server, seq=1)
    ids.append(server.append())
    wait_until(tab, "events.length === 5")
    ids.append(server.append())
    wait_until(tab, "events.length === 6")
    assert tab.evaluate("[events, resets, stream.cursor]") == [ids[1:], [], ids[-1]]
    assert tab.evaluate("states") == ["connecting", "asking"]


def test_it_returns_to_the_stream_when_that_works(tab: Page, server: StreamServer) -> None:
    listen_by_asking(tab, server)
    first = server.append()
    wait_until(tab, "events.length === 1")
    tab.clock.fast_forward(TRIAL_MS)
    eventually(lambda: len(server.asked) == 2)  # held back still
    tab.clock.fast_forward(HELD_MS)
    server.held_back = False
    tab.clock.fast_forward(2 * TRIAL_MS)
    wait_until(tab, "stream.state === 'live'")
    second = server.append()
    wait_until(tab, "events.length === 2")
    assert tab.evaluate("events") == [first, second]
    eventually(lambda: server.open_streams == 1)


def test_the_tabs_of_a_browser_have_one_asker(context: BrowserContext, server: StreamServer) -> None:
    leader, follower = open_tab(context), open_tab(context)
    listen_by_asking(leader, server)
    follower.evaluate("cursor => { listen({ cursor }) }", server.id(0))
    wait_until(follower, "stream.state === 'asking'")
    ids = [server.append(), server.append()]
    for tab in (leader, follower):
        wait_until(tab, "events.length === 2")
        assert tab.evaluate("events") == ids
    leader.close()
    eventually(lambda: len(server.asked) == 2)
    follower.clock.fast_forward(HELD_MS)
    ids.append(server.append())
    wait_until(follower, "events.length === 3 && stream.state === 'asking'")
    assert follower.evaluate("events") == ids


def test_it_says_that_the_answers_stay_away_and_goes_on(tab: Page, server: StreamServer) -> None:
    listen_by_asking(tab, server)
    server.ask_status = 502
    wait_until(tab, "stream.state === 'connecting'")
    server.append()
    server.ask_status = 200
    tab.clock.fast_forward(1_500)
    wait_until(tab, "events.length === 1 && stream.state === 'asking'")


def test_it_goes_back_to_the_stream_when_nobody_answers_any_more(tab: Page, server: StreamServer) -> None:
    listen_by_asking(tab, server)
    server.held_back = False
    server.ask_status = 404
    for _ in range(3):
        wait_until(tab, "stream.state !== 'asking'")
        tab.clock.fast_forward(1_500)
    wait_until(tab, "stream.state === 'live'")


def test_it_keeps_a_slow_stream_where_nobody_answers(tab: Page, server: StreamServer) -> None:
    server.ask_status = 404  # a server that knows no asking
    tab.evaluate("cursor => { listen({ cursor }) }", server.id(0))
    eventually(lambda: server.asked)
    tab.clock.fast_forward(HELD_MS)
    eventually(lambda: server.asks)
    assert tab.evaluate("stream.state") == "connecting"
    assert len(server.asked) == 1


def test_rule_15_it_stays_away_after_a_logout(tab: Page, server: StreamServer) -> None:
    listen_by_asking(tab, server)
    server.ask_status = 204
    wait_until(tab, "stream.state === 'signed-out'")
    asks = len(server.asks)
    tab.clock.fast_forward(TRIAL_MS)
    assert len(server.asks) == asks


def test_it_resets_where_the_stream_would(tab: Page, server: StreamServer) -> None:
    listen_by_asking(tab, server)
    server.append("mailbox.unheard_of")
    last = server.append()
    wait_until(tab, "resets.length === 1")
    assert tab.evaluate("[resets, events, stream.cursor]") == [["gap"], [], last]
    server.epoch = "another1"
    server.append()
    wait_until(tab, "foreign === 1")


def test_a_stream_that_speaks_after_all_ends_the_asking(context: BrowserContext, server: StreamServer) -> None:
    server.held_back = False
    tab = open_tab(context)
    listen(tab, server)
    tab.clock.fast_forward(HELD_MS)
    server.append()
    wait_until(tab, "events.length === 1")
    assert (server.asks, tab.evaluate("states")) == ([], ["connecting", "live"])
