"""Redis dies, hangs, forgets or drops its listeners while mail comes: delay, and nothing else."""

import time
from collections.abc import Callable

import pytest
import redis

from tests.flows.crowd import KNOWN_SECONDS, UNKNOWN_SECONDS, Crowd, tell
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_page import Page
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

TOLD_SECONDS = 3  # a closed connection is news at once; only silence takes longer

NewUsers = Callable[[int], list[SignedIn]]


def die(stack: Stack) -> None:
    stack.kill("redis")
    time.sleep(15)
    stack.start("redis")


def hang(stack: Stack) -> None:
    stack.pause("redis")
    time.sleep(20)
    stack.resume("redis")


def flash(stack: Stack) -> None:
    for _ in range(5):
        stack.kill("redis")
        stack.start("redis")
        time.sleep(0.5)


def forget_and_drop_listeners(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()
        time.sleep(1)
        client.client_kill_filter(_type="pubsub")
        time.sleep(1)
        client.flushall()


def drop_listeners(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis_url) as client:
        for _ in range(20):
            client.client_kill_filter(_type="pubsub")
            time.sleep(0.3)


@pytest.mark.parametrize("fail", [die, hang, flash, forget_and_drop_listeners, drop_listeners])
def test_rule_12_whatever_redis_does_costs_delay_and_no_event(
    shared: Stack, new_users: NewUsers, fail: Callable[[Stack], None]
) -> None:
    crowd = Crowd(shared, new_users(3))
    with crowd.living():
        time.sleep(1)
        fail(shared)
        time.sleep(1)
        eventually(lambda: all(page.status[-1:] != ["degraded"] for page in crowd.pages))
        healed = time.monotonic()
        time.sleep(2)
    crowd.settle()
    name = fail.__name__
    tell(f"{name}, known", crowd.delays_degraded())
    if fail in (die, hang):
        assert all(page.status == ["degraded", "ok"] for page in crowd.at_web(0) + crowd.at_web(1))
        assert max(crowd.delays_degraded()) < KNOWN_SECONDS
    tell(f"{name}, ever", crowd.delays())
    tell(f"{name}, afterwards", crowd.delays(healed))
    assert max(crowd.delays()) < UNKNOWN_SECONDS


def test_rule_12_a_killed_redis_is_told_at_once(shared: Stack, page: Page) -> None:
    for times in range(1, 4):
        killed = time.monotonic()
        shared.kill("redis")
        eventually(lambda times=times: page.status == ["degraded", "ok"] * (times - 1) + ["degraded"])  # type: ignore[misc]
        told = [frame.at for frame in page.stream.frames if frame.event == "status"][-1] - killed
        print(f"FIGURE a killed Redis: told after {told:.3f} s")  # noqa: T201
        assert told < TOLD_SECONDS
        shared.start("redis")
        eventually(lambda times=times: page.status == ["degraded", "ok"] * times)  # type: ignore[misc]
