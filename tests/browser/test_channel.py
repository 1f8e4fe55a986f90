"""The page's second way: the stream first, the channel once it has proven itself, and back at the first doubt."""

import pytest
from playwright.sync_api import Page

from tests.browser.relayed import LONG_REST_MS, ON_ITS_WAY_MS, PROOF_MS, TICKET, TICKET_MS, Relayed, each_has
from tests.support.supabase import listener_token
from tests.support.waiting import eventually

pytestmark = pytest.mark.parametrize("count", [1, 3], ids=["alone", "three_tabs"])


def carried(relayed: Relayed, count: int) -> list[Page]:
    """Return tabs whose events come by the channel alone."""
    tabs = relayed.open(count)
    relayed.hand_over(tabs[0])
    return tabs


def test_page_16_it_is_live_before_the_ticket_answers(relayed: Relayed, count: int) -> None:
    relayed.server.held.add(TICKET)
    tabs = relayed.open(count)
    ids = [relayed.append(stream=True)]
    each_has(tabs, ids)
    assert relayed.supabase.state()["sockets"] == 0
    relayed.server.held.clear()
    relayed.wait_for_join(tabs[0])
    assert relayed.supabase.state()["sockets"] == 1


def test_page_17_the_stream_closes_after_15_seconds_and_a_beat(relayed: Relayed, count: int) -> None:
    tabs = relayed.open(count)
    relayed.wait_for_join(tabs[0])
    relayed.beat()
    ids = [relayed.append(stream=True)]
    each_has(tabs, ids)  # and so the beat before it
    tabs[0].clock.fast_forward(PROOF_MS)
    ids.append(relayed.append(stream=True, channel=False))
    each_has(tabs, ids)
    assert relayed.server.open_streams == 1  # there was no beat since
    relayed.beat()
    eventually(lambda: relayed.server.open_streams == 0)
    ids.append(relayed.append())
    each_has(tabs, ids)
    assert {tab.evaluate("stream.state") for tab in tabs} == {"live"}


@pytest.mark.parametrize("beats_first", [False, True])
def test_page_17_a_channel_that_fails_then_leaves_no_gap(relayed: Relayed, count: int, beats_first: bool) -> None:
    tabs = relayed.open(count)
    relayed.wait_for_join(tabs[0])
    tabs[0].clock.fast_forward(PROOF_MS)
    for act in (relayed.beat, relayed.supabase.close) if beats_first else (relayed.supabase.close, relayed.beat):
        act()
    ids = [relayed.append(stream=True)]
    eventually(lambda: relayed.server.open_streams == 1)
    ids.append(relayed.append(stream=True))
    each_has(tabs, ids)


def test_page_17_a_refused_join_leaves_the_stream_alone(relayed: Relayed, count: int) -> None:
    relayed.give_ticket(token=listener_token("finito:another"))
    tabs = relayed.open(count)
    eventually(lambda: relayed.supabase.state()["joins"])
    tabs[0].clock.fast_forward(PROOF_MS)
    relayed.beat()
    ids = [relayed.append(stream=True)]
    each_has(tabs, ids)
    assert relayed.server.asked == [relayed.server.id(0)]


def test_page_18_what_is_committed_between_join_and_closing_arrives_once(relayed: Relayed, count: int) -> None:
    tabs = relayed.open(count)
    relayed.wait_for_join(tabs[0])
    ids = [relayed.append(stream=True), relayed.append(stream=True, channel=False)]
    each_has(tabs, ids)
    ids.append(relayed.append())
    each_has(tabs, ids)
    relayed.hand_over(tabs[0])
    relayed.publish(1, 3)
    ids.append(relayed.append())
    each_has(tabs, ids)
    assert relayed.server.asked == [relayed.server.id(0)]


def test_page_18_it_waits_for_what_the_stream_has_not_brought(relayed: Relayed, count: int) -> None:
    tabs = relayed.open(count)
    relayed.wait_for_join(tabs[0])
    ids = [relayed.append(channel=False), relayed.append()]
    tabs[0].clock.fast_forward(PROOF_MS)
    relayed.server.say("hb", 0, {})  # late, as a stream may be
    eventually(lambda: relayed.server.open_streams == 1)
    relayed.beat()
    each_has(tabs, ids)


def test_page_23_a_last_message_that_is_lost_is_there_within_a_minute(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    ids = [relayed.append(channel=False)]
    relayed.renew_ticket(tabs[0])
    tabs[0].clock.fast_forward(ON_ITS_WAY_MS)
    each_has(tabs, ids)


def test_page_24_the_stream_takes_over_when_a_token_ends_and_no_ticket_comes(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    relayed.token_seconds = 8
    relayed.give_ticket()
    relayed.renew_ticket(tabs[0])
    relayed.server.pages.pop(TICKET)
    eventually(lambda: relayed.server.open_streams == 1)
    relayed.token_seconds = 300
    ids = [relayed.append(stream=True, channel=False)]
    each_has(tabs, ids)
    tabs[0].clock.fast_forward(12_000)  # the rest, and then the ticket
    relayed.beat()
    relayed.hand_over(tabs[0], joins=2)
    ids.append(relayed.append())
    each_has(tabs, ids)


def test_page_24_it_keeps_a_token_for_half_of_its_life(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    ids, renewals = [], []
    for _ in range(3):
        relayed.renew_ticket(tabs[0])
        ids.append(relayed.append())
        each_has(tabs, ids)
        renewals.append(tabs[0].evaluate("renewals"))
    assert renewals == [0, 1, 1]  # the first token is 89 and 162 s old, the second one 73 s


def test_page_25_a_channel_that_the_rate_closes_is_joined_again(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    relayed.supabase.close(relayed.topic)
    ids = [relayed.append(stream=True)]
    each_has(tabs, ids)
    eventually(lambda: relayed.server.open_streams == 1)
    tabs[0].clock.fast_forward(1_500)
    relayed.hand_over(tabs[0], joins=2)
    ids.append(relayed.append())
    each_has(tabs, ids)


def test_page_26_whoever_finds_no_place_lives_on_the_stream(relayed: Relayed, count: int) -> None:
    relayed.supabase.change(clients=1)
    with relayed.supabase.listen("finito:somebody-else"):
        tabs = relayed.open(count)
        eventually(lambda: relayed.tickets)
        tabs[0].clock.fast_forward(PROOF_MS)
        relayed.beat()
        ids = [relayed.append(stream=True)]
        each_has(tabs, ids)
        assert relayed.server.open_streams == 1
    eventually(lambda: relayed.supabase.state()["clients"] == 0)

    def joined() -> bool:
        tabs[0].clock.fast_forward(LONG_REST_MS)
        return bool(tabs[0].evaluate("joins"))

    eventually(joined)  # the last refusal may be on its way to the page, which then begins to rest


def test_page_27_a_channel_that_delivers_nothing_is_left_until_it_does(relayed: Relayed, count: int) -> None:
    tabs = carried(relayed, count)
    asked: list[str] = []
    tabs[0].on("request", lambda request: asked.append(request.url))
    relayed.supabase.fault("delivery", drop=True)
    ids = [relayed.append(), relayed.append()]
    relayed.renew_ticket(tabs[0])
    tabs[0].clock.fast_forward(ON_ITS_WAY_MS)
    each_has(tabs, ids)
    tabs[0].clock.fast_forward(TICKET_MS)
    tabs[0].wait_for_function("() => stream.state === 'live'")
    relayed.beat()
    ids.append(relayed.append(stream=True))
    each_has(tabs, ids)
    assert relayed.server.open_streams == 1
    assert "gaps=1&fallbacks=1" in [url for url in asked if TICKET in url][-1]
    relayed.supabase.clear_faults()
    ids.append(relayed.append(stream=True))
    each_has(tabs, ids)
    relayed.hand_over(tabs[0])
