"""What happens to a page, its network and its user, while its events come by the channel."""

import json

import pytest

from realtime.transport.supabase import relay
from tests.browser.beats import TURN
from tests.browser.relayed import ON_ITS_WAY_MS, Relayed, each_has
from tests.browser.test_channel import carried
from tests.support.waiting import eventually

pytestmark = pytest.mark.parametrize("count", [1, 3], ids=["alone", "three_tabs"])

FREEZE, RESUME = "document.dispatchEvent(new Event('freeze'))", "document.dispatchEvent(new Event('resume'))"
HIDE = "window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
SHOW = "window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
OFFLINE, ONLINE = "window.dispatchEvent(new Event('offline'))", "window.dispatchEvent(new Event('online'))"


@pytest.mark.parametrize(("leave", "come_back"), [(FREEZE, RESUME), (HIDE, SHOW)], ids=["freeze", "bfcache"])
def test_page_28_a_page_that_is_put_away_holds_nothing(
    relayed: Relayed, count: int, leave: str, come_back: str
) -> None:
    tabs = carried(relayed, count)
    for tab in tabs:
        tab.evaluate(leave)
    eventually(lambda: relayed.supabase.state()["sockets"] == 0)
    eventually(lambda: relayed.server.open_streams == 0)  # another tab may have begun one before it was put away
    ids = [relayed.append()]
    tabs[0].clock.fast_forward(300_000)
    for tab in tabs:
        tab.evaluate(come_back)
    each_has(tabs, ids)


def test_page_28_it_says_that_the_network_is_away_and_comes_back(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    for tab in tabs:
        tab.evaluate(OFFLINE)
        tab.wait_for_function("() => stream.state === 'offline'")
    ids = [relayed.append(channel=False)]
    for tab in tabs:
        tab.evaluate(ONLINE)
    each_has(tabs, ids)
    for tab in tabs:
        tab.wait_for_function("() => stream.state === 'live'")


def test_page_28_a_channel_that_died_in_silence_is_left(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    relayed.supabase.fault("heartbeat", drop=True)
    ids = [relayed.append(channel=False)]
    tabs[0].clock.fast_forward(25_000)
    tabs[0].clock.fast_forward(6_000)
    each_has(tabs, ids)


def test_page_28_after_a_sleep_it_looks_at_the_line(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    ids = [relayed.append(channel=False)]
    tabs[0].clock.fast_forward(3_600_000)
    for tab in tabs:
        tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    each_has(tabs, ids)


def test_page_29_a_hidden_page_serves_those_that_are_looked_at(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    tabs[0].evaluate(TURN, "hidden")
    ids = [relayed.append()]
    each_has(tabs, ids)
    ids.append(relayed.append(channel=False))
    relayed.renew_ticket(tabs[0])
    tabs[0].clock.fast_forward(ON_ITS_WAY_MS)
    each_has(tabs, ids)


def test_it_tells_who_is_there_as_the_stream_does(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    there = {"room": "mailbox.7", "at": 1_000, "people": [{"id": 3, "name": "Ben", "state": "viewing"}]}
    said = relay.Broadcast(1, relayed.secret, presence=json.dumps(there).encode())
    relayed.say(json.loads(relay.body(said, "sealed")))
    for tab in tabs:
        tab.wait_for_function("() => told.length === 1")
        assert tab.evaluate("told") == [there]
    ids = [relayed.append()]
    each_has(tabs, ids)
    assert relayed.server.asked == [relayed.server.id(0)]


FORGED = [{"id": "k3f9a2c1-1", "type": "mailbox.counts", "data": {}}]
GARBAGE: dict[str, object] = {
    "sealed_by_nobody": {"v": 1, "sealed": "AAAA"},
    "without_version": {"sealed": "AAAA"},
    "not_sealed": {"v": 1, "epoch": "k3f9a2c1", "first": 1, "last": 1, "frames": FORGED},
    "text": "text",
    "nothing": None,
}


@pytest.mark.parametrize("kind", [*GARBAGE, "another_key"])
def test_page_31_what_does_not_open_is_healed_and_not_shown(relayed: Relayed, count: int, kind: str) -> None:
    tabs = carried(relayed, count)
    ids = [relayed.append(channel=False)]
    foreign = relayed.message(1, 1, relayed.server.frame_of(1), secret=relay.new_secret())
    relayed.supabase.send(relayed.topic, GARBAGE.get(kind, foreign))
    each_has(tabs, ids)
    assert relayed.server.asked == [relayed.server.id(0)] * 2
