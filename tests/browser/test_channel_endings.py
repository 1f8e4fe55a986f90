"""The channel says goodbye, moves, or says less than the stream; and what each tab has then."""

import pytest
from playwright.sync_api import Page

from tests.browser.relayed import REST_MS, Relayed, each_has
from tests.browser.test_channel import carried
from tests.support.waiting import eventually


@pytest.fixture
def tabs(relayed: Relayed) -> list[Page]:
    """Two tabs whose events come by the channel alone."""
    return carried(relayed, 2)


def test_pages_leave_the_channel_when_it_is_switched_off(relayed: Relayed, tabs: list[Page]) -> None:
    relayed.give_ticket(transport="sse")
    relayed.say({"v": 1, "bye": "transport"})
    eventually(lambda: relayed.supabase.state()["sockets"] == 0)
    ids = [relayed.server.append()]
    each_has(tabs, ids)
    assert relayed.server.open_streams == 1


def test_they_leave_it_at_their_next_ticket_if_they_heard_no_goodbye(relayed: Relayed, tabs: list[Page]) -> None:
    relayed.give_ticket(transport="sse")
    relayed.renew_ticket(tabs[0])
    eventually(lambda: relayed.supabase.state()["sockets"] == 0)
    eventually(lambda: relayed.server.open_streams == 1)


def test_the_other_sessions_of_a_user_move_on_and_lose_nothing(relayed: Relayed, tabs: list[Page]) -> None:
    former = relayed.topic
    relayed.move()
    relayed.supabase.send(former, {"v": 1, "bye": "auth"})
    ids = [relayed.append(stream=True)]
    each_has(tabs, ids)
    relayed.hand_over(tabs[0], joins=2)
    ids.append(relayed.append())
    each_has(tabs, ids)
    assert [topic["topic"] for topic in relayed.supabase.state()["topics"]] == [relayed.topic]


def test_rule_20_nobody_has_them_ask_again_and_again_by_goodbyes(relayed: Relayed, tabs: list[Page]) -> None:
    asked = relayed.tickets
    for tab in tabs:
        tab.evaluate("Math.random = () => 0.99")  # by which it rests for half a minute, and not for a second
    relayed.say({"v": 1, "bye": "auth"})
    relayed.wait_for_join(tabs[0], joins=2)  # the first one may be true
    relayed.say({"v": 1, "bye": "auth"})
    eventually(lambda: relayed.supabase.state()["sockets"] == 0)
    ids = [relayed.append(stream=True, channel=False)]
    each_has(tabs, ids)
    assert (relayed.tickets, relayed.server.open_streams) == (asked + 1, 1)
    tabs[0].clock.fast_forward(REST_MS)
    relayed.wait_for_join(tabs[0], joins=3)


def test_rule_15_they_stay_away_after_a_logout(relayed: Relayed, tabs: list[Page]) -> None:
    relayed.server.status, relayed.server.signed_out = 204, True
    relayed.say({"v": 1, "bye": "auth"})
    for tab in tabs:
        tab.wait_for_function("() => stream.state === 'signed-out'")
    eventually(lambda: relayed.supabase.state()["sockets"] == 0)


def test_a_bare_notice_brings_the_stream_back(relayed: Relayed, tabs: list[Page]) -> None:
    ids = [relayed.append(channel=False)]
    relayed.publish(1, bare=True)
    each_has(tabs, ids)
    tabs[0].wait_for_function("() => stream.state === 'live'")
    relayed.hand_over(tabs[0])
    ids += [relayed.append(channel=False), relayed.append(channel=False)]
    relayed.publish(2, 3)
    each_has(tabs, ids)


@pytest.mark.parametrize("payload", ["plain", "notice"])
def test_each_payload_brings_every_event(relayed: Relayed, payload: str) -> None:
    relayed.payload = payload
    relayed.give_ticket()
    tabs = carried(relayed, 2)
    ids = [relayed.append(stream=True), relayed.append(stream=True)]
    each_has(tabs, ids)
    assert (relayed.server.open_streams == 0) == (payload == "plain")


def test_a_type_that_nobody_hears_is_a_gap_as_on_the_stream(relayed: Relayed, tabs: list[Page]) -> None:
    relayed.server.append("mailbox.unheard_of", quiet=True)
    relayed.publish(1)
    last = relayed.append()
    for tab in tabs:
        tab.wait_for_function("() => resets.length === 1")
        assert tab.evaluate("[resets, events, stream.cursor]") == [["gap"], [], last]


def test_numbers_of_another_epoch_end_the_page_as_on_the_stream(relayed: Relayed, tabs: list[Page]) -> None:
    relayed.server.epoch = "another1"
    relayed.append()
    for tab in tabs:
        tab.wait_for_function("() => foreign === 1")
    eventually(lambda: relayed.supabase.state()["sockets"] == 0)


def test_rule_10_a_tab_that_is_behind_gets_what_it_lacks(relayed: Relayed, tabs: list[Page]) -> None:
    ids = [relayed.append(), relayed.append()]
    each_has(tabs, ids)
    (late,) = relayed.open(1, share=True)
    each_has([late], ids)
    relayed.hand_over(tabs[0])
    ids.append(relayed.append())
    each_has([*tabs, late], ids)


def test_rule_10_another_tab_takes_over_when_the_leader_closes(relayed: Relayed, tabs: list[Page]) -> None:
    ids = [relayed.append()]
    each_has(tabs, ids)
    tabs[0].close()
    ids.append(relayed.append(stream=True))
    each_has(tabs[1:], ids)
    relayed.hand_over(tabs[1])
    eventually(lambda: relayed.supabase.state()["sockets"] == 1)


def test_rule_10_the_beat_tells_a_tab_that_it_has_missed_the_last_event(relayed: Relayed, tabs: list[Page]) -> None:
    tabs[0].evaluate("""() => {
      const { postMessage } = BroadcastChannel.prototype;
      BroadcastChannel.prototype.postMessage = function (message) {
        if (message.type === "mailbox.counts" && !window.lost) { window.lost = true; return; }
        postMessage.call(this, message);
      };
    }""")
    ids = [relayed.append()]
    each_has(tabs[:1], ids)
    tabs[0].clock.fast_forward(21_000)
    each_has(tabs, ids)


def test_what_is_late_is_told_by_the_stream_and_then_known(relayed: Relayed, tabs: list[Page]) -> None:
    late = [{"account_id": 7, "reason": "gmail"}]
    relayed.give_ticket(late=late)
    relayed.renew_ticket(tabs[0])
    eventually(lambda: relayed.server.open_streams == 1)
    relayed.server.say("late", 0, {"late": late})
    relayed.hand_over(tabs[0])
    relayed.renew_ticket(tabs[0])
    ids = [relayed.append()]
    each_has(tabs, ids)
    assert relayed.server.open_streams == 0
