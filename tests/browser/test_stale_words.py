"""A word about the stream is good as long as the connection that it is about, whatever befalls who says it."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import open_tab
from tests.browser.stream_server import StreamServer
from tests.browser.test_event_stream import listen
from tests.browser.test_tabs import two_tabs
from tests.support.waiting import eventually

COUNT_LIVE = "states.filter(state => state === 'live').length"
SILENT_MS, DEAD_MS = 502_000, 602_000  # after the last word, at a heartbeat of 400 seconds


@pytest.fixture
def patient(context: BrowserContext, server: StreamServer) -> BrowserContext:
    """Its clock is put forward; with so slow a heartbeat 100 seconds lie between a silent line and a dead one."""
    server.heartbeat = 400
    context.clock.install()
    return context


def sign_out(server: StreamServer, *tabs: Page) -> None:
    server.status = 204
    server.say("bye", len(server.log), {"reason": "auth"})
    for tab in tabs:
        tab.wait_for_function("() => stream.state === 'signed-out'")


def test_it_hears_mail_after_a_new_sign_in_though_another_tab_saw_the_old_session_end(
    context: BrowserContext, server: StreamServer
) -> None:
    old = two_tabs(context, server)
    sign_out(server, *old)
    server.status = 200
    new = open_tab(context)
    listen(new, server)
    server.append()
    new.wait_for_function("() => events.length === 1")
    assert not new.evaluate("states.includes('signed-out')")
    for tab in old:
        tab.wait_for_function("() => stream.state === 'live'")


def test_it_does_not_believe_an_answer_that_was_asked_for_before_the_new_sign_in(
    context: BrowserContext, server: StreamServer
) -> None:
    old = open_tab(context)
    listen(old, server)
    old.evaluate("""() => {
      const { fetch } = window;
      window.fetch = async (...question) => {
        const answer = await fetch(...question);
        await new Promise((late) => { window.arrive = late; });
        return answer;
      };
    }""")
    server.status = 204
    server.say("bye", 0, {"reason": "auth"})
    old.wait_for_function("() => Boolean(window.arrive)")
    server.status = 200
    new = open_tab(context)
    new.evaluate("cursor => { listen({ cursor }) }", server.id(0))
    new.wait_for_function("() => states.includes('connecting')")
    old.evaluate("arrive()")
    new.wait_for_function("() => stream.state === 'live'")
    assert not new.evaluate("states.includes('signed-out')")


def test_every_tab_finds_out_for_itself_that_the_session_ended(context: BrowserContext, server: StreamServer) -> None:
    leader, follower = two_tabs(context, server)
    sign_out(server, leader, follower)
    server.status = 200
    leader.close()
    follower.wait_for_function("() => stream.state === 'live'")  # it leads now, and so it looks


def test_it_replaces_a_leader_that_a_dialog_holds(context: BrowserContext, server: StreamServer) -> None:
    leader, follower = two_tabs(context, server)
    leader.on("dialog", lambda dialog: None)  # left open
    with leader.expect_event("dialog") as held:
        leader.evaluate("() => { setTimeout(() => alert('stay')) }")
    ids = [server.append()]
    follower.wait_for_function("() => events.length === 1 && stream.state === 'live'", timeout=60_000)
    assert server.asked == [server.id(0), server.id(0)]
    held.value.accept()
    ids.append(server.append())
    for tab in (leader, follower):
        tab.wait_for_function("() => events.length === 2")
        assert tab.evaluate("events") == ids
    eventually(lambda: server.open_streams == 1)


def test_it_hears_nothing_of_a_leader_that_was_replaced(context: BrowserContext, server: StreamServer) -> None:
    _, follower = two_tabs(context, server)
    follower.evaluate(
        """name => {
      window.ghost = new BroadcastChannel(name);
      ghost.postMessage({ kind: "state", state: "waiting", heartbeat: 20, from: "a ghost" });
    }""",
        f"event-stream 1 /events/ {server.epoch}",
    )
    server.append()
    follower.wait_for_function("() => events.length === 1")
    assert "waiting" not in follower.evaluate("states")


def test_it_says_that_a_line_is_silent_before_it_gives_it_up(patient: BrowserContext, server: StreamServer) -> None:
    tab = open_tab(patient)
    listen(tab, server)
    tab.clock.fast_forward(SILENT_MS)
    tab.wait_for_function("() => states.includes('silent')")
    tab.clock.fast_forward(DEAD_MS - SILENT_MS)
    tab.wait_for_function("() => states.at(-1) === 'live'")
    assert tab.evaluate("states.slice(0, 4)") == ["connecting", "live", "silent", "connecting"]


def test_a_silent_line_is_not_live_for_those_who_follow(patient: BrowserContext, server: StreamServer) -> None:
    _, follower = two_tabs(patient, server)
    follower.clock.fast_forward(SILENT_MS)
    follower.wait_for_function("() => states.includes('silent')")


def test_a_line_that_was_delayed_when_it_fell_silent_is_delayed_still(
    patient: BrowserContext, server: StreamServer
) -> None:
    tab = open_tab(patient)
    listen(tab, server)
    server.say("status", 0, {"live": "degraded"})
    tab.wait_for_function("() => stream.state === 'degraded'")
    tab.clock.fast_forward(SILENT_MS)
    tab.wait_for_function("() => stream.state === 'silent'")
    server.say("hb", 0, {})
    tab.wait_for_function("() => stream.state === 'degraded'")


def test_it_goes_on_after_a_page_that_was_to_go_has_stayed(context: BrowserContext, server: StreamServer) -> None:
    for tab in two_tabs(context, server):
        tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false }))")
        tab.wait_for_function(f"() => {COUNT_LIVE} === 2")
    eventually(lambda: server.open_streams == 1)


def test_it_goes_on_when_a_page_is_taken_out_again(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    eventually(lambda: server.open_streams == 0)
    tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    tab.wait_for_function(f"() => {COUNT_LIVE} === 2")


def test_it_stays_after_a_download_and_a_cancelled_farewell(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.pages["/empty"] = b""
    tab.evaluate("""() => {
      const link = Object.assign(document.createElement("a"), { href: "/blank", download: "mail.html" });
      document.body.append(link);
      link.click();
    }""")
    tab.on("dialog", lambda dialog: dialog.dismiss())
    tab.evaluate("() => { window.onbeforeunload = (event) => event.preventDefault(); }")
    tab.mouse.click(1, 1)
    tab.evaluate("() => { setTimeout(() => location.assign('/empty')) }")
    server.append()
    tab.wait_for_function("() => events.length === 1 && stream.state === 'live'")
    expect(tab).to_have_title("stream")


def test_it_begins_again_after_a_freeze(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    tab.evaluate("document.dispatchEvent(new Event('freeze'))")
    eventually(lambda: server.open_streams == 0)
    server.append(quiet=True)
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # some browsers tell no more of it
    tab.wait_for_function("() => events.length === 1 && stream.state === 'live'")


def test_it_does_not_come_back_after_it_was_closed(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    tab.evaluate("() => { dispatchEvent(new PageTransitionEvent('pagehide')); stream.close(); }")
    tab.evaluate("() => new Promise((done) => setTimeout(done, 1500))")
    eventually(lambda: server.open_streams == 0)
