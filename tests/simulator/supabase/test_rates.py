"""The plan's messages a second: who is refused, who is closed, and for how long. The clock moves only by hand."""

from collections.abc import Iterator

import pytest

from tests.conformance.supabase.client import Silence, Socket
from tests.simulator.harness import Simulator
from tests.support.supabase import SUPABASE_OPTIONS, Supabase, publisher_token

TOPIC = "finito:topic"


@pytest.fixture(scope="module")
def standing_still() -> Iterator[Supabase]:
    with Simulator(*SUPABASE_OPTIONS, "--clock", "1795000000") as simulator:
        yield Supabase(simulator)


@pytest.fixture
def supabase(standing_still: Supabase) -> Supabase:
    standing_still.reset()
    return standing_still


def fill_a_bucket(supabase: Supabase) -> None:
    supabase.simulator.sim("POST", "clock", advance=5)


def burst(supabase: Supabase, posts: int) -> list[int]:
    return [supabase.broadcast(TOPIC, {"n": n}, publisher_token()).status_code for n in range(posts)]


def test_it_closes_the_listeners_above_the_limit(supabase: Supabase) -> None:
    supabase.change(events_per_second=2)
    with supabase.listen(TOPIC) as one, supabase.listen(TOPIC, "2.0.0") as other:
        assert set(burst(supabase, 8)) == {202}  # 24 events, and not yet counted
        fill_a_bucket(supabase)
        assert supabase.state()["events_per_second"] == 24 / 2 / 5
        supabase.send(TOPIC, "the last")
        for socket in (one, other):
            why = socket.wait_for(lambda message: message.event == "system")
            assert why.payload["message"] == "Too many messages per second"
            socket.wait_for(lambda message: message.event == "phx_close")
    assert supabase.state()["topics"] == []


def test_it_refuses_posts_above_the_limit_until_the_average_falls(supabase: Supabase) -> None:
    supabase.change(events_per_second=2)
    burst(supabase, 25)
    fill_a_bucket(supabase)
    assert burst(supabase, 1) == [429]
    for _ in range(2):
        fill_a_bucket(supabase)
    assert burst(supabase, 1) == [202]


def test_it_forgets_a_burst_after_a_minute(supabase: Supabase) -> None:
    burst(supabase, 60)
    for _ in range(13):
        fill_a_bucket(supabase)
    assert supabase.state()["events_per_second"] == 0


def test_it_refuses_a_batch_that_would_be_too_much(supabase: Supabase) -> None:
    supabase.change(events_per_second=3)
    messages = [{"topic": TOPIC, "event": "frames", "payload": {}, "private": True}] * 4
    assert supabase.broadcast_batch(messages[:3], publisher_token()).status_code == 202
    answer = supabase.broadcast_batch(messages, publisher_token())
    assert (answer.status_code, "reduce the batch size" in answer.text) == (429, True)


def test_it_tells_the_rate_of_requests_and_not_of_deliveries(supabase: Supabase) -> None:
    with supabase.listen(TOPIC) as one, supabase.listen(TOPIC) as other:
        burst(supabase, 20)
        fill_a_bucket(supabase)
        told = supabase.broadcast(TOPIC, {}, publisher_token()).headers
        assert (told["x-rate-limit"], told["x-rate-limit-remaining"], told["x-rate-rolling"]) == ("100", "97", "3")
        assert supabase.state()["events_per_second"] == 20 * 3 / 2 / 5
        assert heard(one) == heard(other) == 21


def heard(socket: Socket) -> int:
    try:
        while True:
            socket.next_broadcast(TOPIC, 0.5)
    except Silence:
        return sum(message.event == "broadcast" for message in socket.received)
