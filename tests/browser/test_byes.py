"""The server says goodbye to a page: for good, for a while, or because the session has ended (static/realtime/)."""

from playwright.sync_api import Page

from tests.browser.stream_server import StreamServer
from tests.browser.test_event_stream import listen, wait_until

# As soon as it waits, the page is looked at, and then the network comes back.
LISTEN_AND_WAKE = """(cursor) => { listen({ cursor, onState: (state) => {
  states.push(state);
  for (const type of state === "waiting" ? ["visibilitychange", "online"] : []) setTimeout(() => {
    document.dispatchEvent(new Event(type, { bubbles: true }));
    states.push(stream.state);
  });
} }); }"""


def test_it_stays_away_after_a_logout(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.status = 204
    server.say("bye", 0, {"reason": "auth"})
    wait_until(tab, "stream.state === 'signed-out'")
    assert server.asked == [server.id(0), ""]  # it has looked once whether the browser has another session


def test_rule_15_it_goes_on_with_the_session_that_a_new_password_gave(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.append(quiet=True)
    server.say("bye", 0, {"reason": "auth"})
    wait_until(tab, "events.length === 1 && stream.state === 'live'")
    assert not tab.evaluate("states.includes('signed-out')")


def test_it_returns_when_a_signed_out_page_is_looked_at_again(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.status = 204
    server.say("bye", 0, {"reason": "auth"})
    wait_until(tab, "stream.state === 'signed-out'")
    server.status = 200
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(tab, "stream.state === 'live'")


def test_it_comes_back_after_a_deploy(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.say("bye", 0, {"reason": "deploy"})
    server.append(quiet=True)
    server.drop()
    wait_until(tab, "events.length === 1 && stream.state === 'live'")


def test_it_waits_for_the_cap_as_long_as_it_was_told(tab: Page, server: StreamServer) -> None:
    tab.evaluate(LISTEN_AND_WAKE, server.id(0))
    wait_until(tab, "stream.state === 'live'")
    server.send("retry: 5000\n\n")
    server.say("bye", 0, {"reason": "cap"})
    server.drop()
    wait_until(tab, "states.length === 6")
    assert tab.evaluate("states") == ["connecting", "live", "waiting", "waiting", "waiting", "live"]
    assert server.asked == [server.id(0), server.id(0)]
