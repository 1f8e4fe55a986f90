"""A channel that drops, repeats, reorders and breaks: every event once and in order."""

import pytest

from tests.browser.relayed import PROOF_MS, TICKET_MS, Relayed, each_has

FAULTS = [{"drop": True, "percent": 20}, {"duplicate": True, "percent": 30}, {"reorder": True, "percent": 20}]


@pytest.mark.parametrize("count", [1, 2], ids=["alone", "two_tabs"])
def test_page_22_a_hundred_events_come_once_and_in_order_whatever_the_channel_does(
    relayed: Relayed, count: int
) -> None:
    tabs = relayed.open(count)
    relayed.hand_over(tabs[0])
    for seed, fault in enumerate(FAULTS):
        relayed.supabase.fault("delivery", seed=seed, **fault)
    ids = []
    for number in range(1, 101):
        ids.append(relayed.append())
        if number % 20 == 0:
            relayed.supabase.kill()
        if number % 5 == 0:
            tabs[0].clock.fast_forward(PROOF_MS)
            relayed.beat()
            tabs[0].wait_for_timeout(100)
    tabs[0].clock.fast_forward(TICKET_MS)
    each_has(tabs, ids)
    assert len(relayed.server.asked) > 5  # the channel carried in between, and was left
    deliveries = relayed.supabase.state()["deliveries"]
    assert min(deliveries[kind] for kind in ("dropped", "repeated", "reordered")) > 5
