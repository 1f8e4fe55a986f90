"""RULES R10: one stream per browser, whoever of its tabs comes, goes or freezes."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import open_tab
from tests.browser.stream_server import StreamServer
from tests.browser.test_event_stream import listen
from tests.support.waiting import eventually

HOLD_THE_LOCK = """(name) => new Promise((held) => navigator.locks.request(name, () => {
  held();
  return new Promise(() => {});
}).catch(() => { window.robbed = true; }))"""
# Forbidden, as to some frames; answered without a lock, as in private windows; and a browser that owes the answer.
NO_LOCK = [
    "Promise.reject(new DOMException('', 'SecurityError'))",
    "Promise.resolve(null)",
    "new Promise(() => {})",
]


def lock_name(server: StreamServer) -> str:
    return f"event-stream 1 /events/ {server.epoch}"


def two_tabs(context: BrowserContext, server: StreamServer) -> tuple[Page, Page]:
    leader, follower = open_tab(context), open_tab(context)
    listen(leader, server)
    listen(follower, server)
    return leader, follower


def test_it_shares_one_stream_between_two_tabs(context: BrowserContext, server: StreamServer) -> None:
    tabs = two_tabs(context, server)
    server.append()
    for tab in tabs:
        tab.wait_for_function("() => events.length === 1")
    assert server.asked == [server.id(0)]


def test_it_hands_the_stream_over_when_the_leader_closes(context: BrowserContext, server: StreamServer) -> None:
    leader, follower = two_tabs(context, server)
    ids = [server.append()]
    follower.wait_for_function("() => events.length === 1")
    leader.close()
    ids += [server.append(), server.append()]
    follower.wait_for_function("() => events.length === 3")
    assert follower.evaluate("events") == ids
    eventually(lambda: server.open_streams == 1)


def test_rule_10_the_leader_reopens_from_the_lowest_cursor_for_a_tab_that_is_behind(
    context: BrowserContext, server: StreamServer
) -> None:
    ids = [server.append(), server.append()]
    leader, late = open_tab(context), open_tab(context)
    listen(leader, server, seq=2)
    listen(late, server, seq=0)
    late.wait_for_function("() => events.length === 2")
    ids.append(server.append())
    for tab, seen in ((leader, ids[2:]), (late, ids)):
        tab.wait_for_function(f"() => events.length === {len(seen)}")
        assert tab.evaluate("events") == seen
    assert server.asked == [server.id(2), server.id(0)]


def test_rule_10_the_hole_of_a_tab_that_missed_a_broadcast_is_filled(
    context: BrowserContext, server: StreamServer
) -> None:
    leader, follower = two_tabs(context, server)
    leader.evaluate("""() => {
      const { postMessage } = BroadcastChannel.prototype;
      BroadcastChannel.prototype.postMessage = function (message) {
        if (message.kind === "frame" && message.id.endsWith("-1") && !window.lost) { window.lost = true; return; }
        postMessage.call(this, message);
      };
    }""")
    ids = [server.append(), server.append()]
    for tab in (leader, follower):
        tab.wait_for_function("() => events.length === 2")
        assert tab.evaluate("events") == ids


def test_rule_10_a_leader_that_no_longer_answers_is_replaced(context: BrowserContext, server: StreamServer) -> None:
    frozen, tab = open_tab(context), open_tab(context)
    frozen.evaluate(HOLD_THE_LOCK, lock_name(server))
    tab.evaluate("cursor => { listen({ cursor }) }", server.id(0))
    tab.wait_for_function("() => stream.state === 'live'")
    frozen.wait_for_function("() => window.robbed")


def test_rule_10_a_leader_that_lost_the_lock_closes(context: BrowserContext, server: StreamServer) -> None:
    leader, follower = two_tabs(context, server)
    follower.evaluate("name => { navigator.locks.request(name, { steal: true }, () => {}) }", lock_name(server))
    eventually(lambda: len(server.asked) == 2)
    eventually(lambda: server.open_streams == 1)
    ids = [server.append()]
    for tab in (leader, follower):
        tab.wait_for_function("() => events.length === 1")
        assert tab.evaluate("events") == ids


def test_rule_10_two_users_of_one_browser_are_kept_apart(context: BrowserContext, server: StreamServer) -> None:
    mine, theirs = open_tab(context), open_tab(context)
    listen(mine, server)
    server.epoch = "another1"
    listen(theirs, server)
    server.append()
    theirs.wait_for_function("() => events.length === 1")
    assert mine.evaluate("events.length") == 0


def test_it_tells_every_tab_that_the_user_signed_out(context: BrowserContext, server: StreamServer) -> None:
    tabs = two_tabs(context, server)
    server.status = 204
    server.say("bye", 0, {"reason": "auth"})
    for tab in tabs:
        tab.wait_for_function("() => stream.state === 'signed-out'")


@pytest.mark.parametrize("answer", NO_LOCK)
def test_it_opens_a_stream_for_each_tab_that_gets_no_lock(
    context: BrowserContext, server: StreamServer, answer: str
) -> None:
    locks = f"{{ request: () => {answer} }}"
    context.add_init_script(f"Object.defineProperty(Navigator.prototype, 'locks', {{ value: {locks} }})")
    tabs = two_tabs(context, server)
    server.append()
    for tab in tabs:
        tab.wait_for_function("() => events.length === 1")
    assert server.open_streams == 2
