"""The stream's library in a page (static/realtime/): it resumes, resets, waits and says how it stands."""

from playwright.sync_api import Page

from tests.browser.stream_server import StreamServer
from tests.support.waiting import eventually

LONG_WORK = """(cursor) => {
  const { port1, port2 } = new MessageChannel();
  let turn = 0;
  port1.onmessage = () => { turn += 1; port2.postMessage(null); };
  port2.postMessage(null);
  window.turns = new Set(); // others' turns in which an event came
  listen({ cursor, onEvent: (type, payload, id) => {
    const end = performance.now() + 5;
    while (performance.now() < end);
    events.push(id);
    turns.add(turn);
  } });
}"""
CLOSE_AT_THIRD = """(cursor) => {
  const onEvent = (type, payload, id) => events.push(id) === 3 && stream.close();
  listen({ cursor, onEvent });
}"""


def listen(tab: Page, server: StreamServer, seq: int = 0, **options: object) -> None:
    tab.evaluate("options => { listen(options) }", {"cursor": server.id(seq), **options})
    tab.wait_for_function("() => stream.state === 'live'")


def wait_until(tab: Page, expression: str) -> None:
    tab.wait_for_function(f"() => {expression}")


def test_it_delivers_what_follows_the_cursor_of_the_page(tab: Page, server: StreamServer) -> None:
    ids = [server.append() for _ in range(3)]
    listen(tab, server, seq=1)
    ids.append(server.append())
    wait_until(tab, "events.length === 3")
    assert tab.evaluate("events") == ids[1:]
    assert tab.evaluate("stream.cursor") == ids[-1]


def test_it_resumes_after_the_line_broke(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.append()
    server.append(quiet=True)
    server.drop()
    wait_until(tab, "events.length === 2 && stream.state === 'live'")
    assert server.asked == [server.id(0), server.id(1)]


def test_it_comes_back_after_an_answer_that_ends_an_event_source(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.status = 502
    server.drop()
    wait_until(tab, "stream.state === 'offline'")
    server.append(quiet=True)
    server.status = 200
    wait_until(tab, "events.length === 1 && stream.state === 'live'")


def test_it_drops_what_it_has_seen(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    first = server.append()
    server.say("mailbox.counts", 1, {})
    second = server.append()
    wait_until(tab, "events.length >= 2")
    assert tab.evaluate("events") == [first, second]


def test_it_asks_again_from_the_last_event_before_a_hole(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.append()
    server.append(quiet=True)
    server.append()
    wait_until(tab, "events.length === 3")
    assert server.asked == [server.id(0), server.id(1)]
    assert tab.evaluate("resets") == []


def test_it_notices_by_the_heartbeat_that_the_last_event_is_missing(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.append(quiet=True)
    server.say("hb", 1, {})
    wait_until(tab, "events.length === 1")


def test_it_resets_where_the_stream_itself_has_a_hole(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.append("mailbox.unheard_of")
    last = server.append()
    wait_until(tab, "resets.length === 1")
    assert tab.evaluate("[resets, stream.cursor]") == [["gap"], last]
    server.append()
    wait_until(tab, "events.length === 1")


def test_it_reports_a_reset_and_goes_on_from_its_id(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    for _ in range(7):
        server.append(quiet=True)
    server.say("reset", 7, {"reason": "expired"})
    server.append()
    wait_until(tab, "events.length === 1")
    assert tab.evaluate("[resets, events]") == [["expired"], [server.id(8)]]


def test_it_keeps_quiet_about_a_reset_that_lost_it_nothing(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.append()
    server.say("reset", 1, {"reason": "expired"})
    server.append()
    wait_until(tab, "events.length === 2")
    assert tab.evaluate("resets") == []


def test_it_catches_up_until_the_page_has_read_its_state_again(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    tab.evaluate("""() => {
      stream.close();
      listen({ cursor: null, onReset: () => new Promise((done) => { window.done = done; }) });
    }""")
    wait_until(tab, "stream.state === 'live'")
    server.say("reset", 5, {"reason": "backlog"})
    wait_until(tab, "stream.state === 'catching-up'")
    tab.evaluate("done()")
    wait_until(tab, "stream.state === 'live'")


def test_it_ends_where_the_numbers_are_somebody_elses(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.epoch = "another1"
    server.drop()
    wait_until(tab, "foreign === 1")
    eventually(lambda: server.open_streams == 0)


def test_it_tells_signed_out_from_a_broken_proxy(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.status = 204
    server.drop()
    wait_until(tab, "stream.state === 'signed-out'")


def test_it_takes_no_redirect_for_the_last_word(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.status = 302  # to a login, or to a page that says that all is away for some minutes
    server.drop()
    wait_until(tab, "stream.state === 'signed-out'")
    tab.evaluate("states.length = 0")
    server.append(quiet=True)
    asked = len(server.asked)
    eventually(lambda: len(server.asked) > asked)
    server.status = 200
    wait_until(tab, "events.length === 1 && stream.state === 'live'")
    assert tab.evaluate("states") == ["live"]


def test_it_opens_a_silent_line_again(tab: Page, server: StreamServer) -> None:
    server.heartbeat = 0.2
    server.append()
    listen(tab, server)
    eventually(lambda: len(server.asked) > 1)
    assert server.asked[1] == server.id(1)


def test_it_says_that_the_stream_is_delayed(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    server.say("status", 0, {"live": "degraded"})
    wait_until(tab, "stream.state === 'degraded'")
    server.append()
    wait_until(tab, "events.length === 1 && stream.state === 'degraded'")
    server.say("status", 1, {"live": "ok"})
    wait_until(tab, "stream.state === 'live'")


def test_it_says_that_the_network_is_away_and_comes_back(tab: Page, server: StreamServer) -> None:
    listen(tab, server)
    tab.evaluate("window.dispatchEvent(new Event('offline'))")
    wait_until(tab, "stream.state === 'offline'")
    server.append(quiet=True)
    tab.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until(tab, "events.length === 1 && stream.state === 'live'")


def test_it_answers_between_the_events_of_one_piece(tab: Page, server: StreamServer) -> None:
    ids = [server.append() for _ in range(40)]
    tab.evaluate(LONG_WORK, server.id(0))
    wait_until(tab, "events.length === 40")
    assert tab.evaluate("events") == ids
    assert tab.evaluate("turns.size") >= 10


def test_it_delivers_nothing_after_it_was_closed(tab: Page, server: StreamServer) -> None:
    ids = [server.append() for _ in range(40)]
    tab.evaluate(CLOSE_AT_THIRD, server.id(0))
    eventually(lambda: server.open_streams == 0 and tab.evaluate("events.length") > 0)
    assert tab.evaluate("events") == ids[:3]
