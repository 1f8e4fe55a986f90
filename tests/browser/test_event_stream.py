from playwright.sync_api import Page

from tests.browser.stream_server import StreamServer
from tests.support.waiting import eventually


def listen(page: Page, server: StreamServer, seq: int = 0, **options: object) -> None:
    page.evaluate("options => { listen(options) }", {"cursor": server.id(seq), **options})
    page.wait_for_function("stream.state === 'live'")


def wait_until(page: Page, expression: str) -> None:
    page.wait_for_function(expression)


def test_it_delivers_what_follows_the_cursor_of_the_page(page: Page, server: StreamServer) -> None:
    ids = [server.append() for _ in range(3)]
    listen(page, server, seq=1)
    ids.append(server.append())
    wait_until(page, "events.length === 3")
    assert page.evaluate("events") == ids[1:]
    assert page.evaluate("stream.cursor") == ids[-1]


def test_it_resumes_after_the_line_broke(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.append()
    server.drop()
    server.append(quiet=True)
    wait_until(page, "events.length === 2 && stream.state === 'live'")
    assert server.asked == [server.id(0), server.id(1)]


def test_it_comes_back_after_an_answer_that_ends_an_event_source(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.status = 502
    server.drop()
    wait_until(page, "stream.state === 'offline'")
    server.append(quiet=True)
    server.status = 200
    wait_until(page, "events.length === 1 && stream.state === 'live'")


def test_it_drops_what_it_has_seen(page: Page, server: StreamServer) -> None:
    listen(page, server)
    first = server.append()
    server.say("mailbox.counts", 1, {})
    second = server.append()
    wait_until(page, "events.length >= 2")
    assert page.evaluate("events") == [first, second]


def test_it_asks_again_from_the_last_event_before_a_hole(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.append()
    server.append(quiet=True)
    server.append()
    wait_until(page, "events.length === 3")
    assert server.asked == [server.id(0), server.id(1)]
    assert page.evaluate("resets") == []


def test_it_notices_by_the_heartbeat_that_the_last_event_is_missing(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.append(quiet=True)
    server.say("hb", 1, {})
    wait_until(page, "events.length === 1")


def test_it_resets_where_the_stream_itself_has_a_hole(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.append("mailbox.unheard_of")
    last = server.append()
    wait_until(page, "resets.length === 1")
    assert page.evaluate("[resets, stream.cursor]") == [["gap"], last]
    server.append()
    wait_until(page, "events.length === 1")


def test_it_reports_a_reset_and_goes_on_from_its_id(page: Page, server: StreamServer) -> None:
    listen(page, server)
    for _ in range(7):
        server.append(quiet=True)
    server.say("reset", 7, {"reason": "expired"})
    server.append()
    wait_until(page, "events.length === 1")
    assert page.evaluate("[resets, events]") == [["expired"], [server.id(8)]]


def test_it_keeps_quiet_about_a_reset_that_lost_it_nothing(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.append()
    server.say("reset", 1, {"reason": "expired"})
    server.append()
    wait_until(page, "events.length === 2")
    assert page.evaluate("resets") == []


def test_it_catches_up_until_the_page_has_read_its_state_again(page: Page, server: StreamServer) -> None:
    listen(page, server)
    page.evaluate("""() => {
      stream.close();
      listen({ cursor: null, onReset: () => new Promise((done) => { window.done = done; }) });
    }""")
    wait_until(page, "stream.state === 'live'")
    server.say("reset", 5, {"reason": "backlog"})
    wait_until(page, "stream.state === 'catching-up'")
    page.evaluate("done()")
    wait_until(page, "stream.state === 'live'")


def test_it_ends_where_the_numbers_are_somebody_elses(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.epoch = "another1"
    server.drop()
    wait_until(page, "foreign === 1")
    eventually(lambda: server.open_streams == 0)


def test_it_stays_away_after_a_logout(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.status = 204
    server.say("bye", 0, {"reason": "auth"})
    wait_until(page, "stream.state === 'signed-out'")
    assert server.asked == [server.id(0), ""]  # it has looked once whether the browser has another session


def test_it_tells_signed_out_from_a_broken_proxy(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.status = 204
    server.drop()
    wait_until(page, "stream.state === 'signed-out'")


def test_rule_15_it_goes_on_with_the_session_that_a_new_password_gave(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.append(quiet=True)
    server.say("bye", 0, {"reason": "auth"})
    wait_until(page, "events.length === 1 && stream.state === 'live'")
    assert not page.evaluate("states.includes('signed-out')")


def test_it_returns_when_a_signed_out_page_is_looked_at_again(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.status = 204
    server.say("bye", 0, {"reason": "auth"})
    wait_until(page, "stream.state === 'signed-out'")
    server.status = 200
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(page, "stream.state === 'live'")


def test_it_comes_back_after_a_deploy(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.say("bye", 0, {"reason": "deploy"})
    server.drop()
    server.append(quiet=True)
    wait_until(page, "events.length === 1 && stream.state === 'live'")


def test_it_waits_for_the_cap_as_long_as_it_was_told(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.send("retry: 1500\n\n")
    server.say("bye", 0, {"reason": "cap"})
    server.drop()
    wait_until(page, "stream.state === 'waiting'")
    for wake in ("document.dispatchEvent(new Event('visibilitychange'))", "window.dispatchEvent(new Event('online'))"):
        assert page.evaluate(f"() => {{ {wake}; return stream.state; }}") == "waiting"
    wait_until(page, "stream.state === 'live'")
    assert server.asked == [server.id(0), server.id(0)]


def test_it_opens_a_silent_line_again(page: Page, server: StreamServer) -> None:
    server.heartbeat = 0.2
    listen(page, server)
    server.append()
    eventually(lambda: len(server.asked) > 1)
    assert server.asked[1] == server.id(1)


def test_it_says_that_the_stream_is_delayed(page: Page, server: StreamServer) -> None:
    listen(page, server)
    server.say("status", 0, {"live": "degraded"})
    wait_until(page, "stream.state === 'degraded'")
    server.append()
    wait_until(page, "events.length === 1 && stream.state === 'degraded'")
    server.say("status", 1, {"live": "ok"})
    wait_until(page, "stream.state === 'live'")


def test_it_says_that_the_network_is_away_and_comes_back(page: Page, server: StreamServer) -> None:
    listen(page, server)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    wait_until(page, "stream.state === 'offline'")
    server.append(quiet=True)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until(page, "events.length === 1 && stream.state === 'live'")
