"""A process dies, hangs or is replaced while mail comes: pages notice a delay at most."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.flows.state import Follower, act, eventually, query
from tests.live import Stack
from tests.live_clients import SignedIn

pytestmark = pytest.mark.chaos


@contextmanager
def busy(stack: Stack, email: str, seed: int) -> Iterator[None]:
    """Something happens in Gmail all the while."""
    over = threading.Event()

    def live() -> None:
        chance = random.Random(seed)
        while not over.wait(0.1):
            act(stack, email, 1, chance)

    living = threading.Thread(target=live)
    living.start()
    try:
        yield
    finally:
        over.set()
        living.join()


def status(page: Follower) -> list[str]:
    return [frame.data["live"] for frame in page.streams[-1].frames if frame.event == "status"]


def die(stack: Stack) -> None:
    stack.kill("redis")
    time.sleep(8)
    stack.start("redis")


def hang(stack: Stack) -> None:
    stack.pause("redis")
    time.sleep(15)
    stack.resume("redis")


@pytest.mark.parametrize("fail", [die, hang])
def test_rule_12_nothing_is_lost_while_redis_is_away(
    shared: Stack, user: SignedIn, email: str, page: Follower, fail: Callable[[Stack], None]
) -> None:
    second = Follower(user, web=1)
    with busy(shared, email, seed=3):
        fail(shared)
        eventually(lambda: status(page) == status(second) == ["degraded", "ok"])
    eventually(lambda: page.agrees(shared, email) and second.agrees(shared, email))
    assert len(page.streams[0].frames) > 20
    second.close()


def test_rule_12_a_page_is_live_while_redis_is_away(shared: Stack, email: str, page: Follower) -> None:
    shared.kill("redis")
    eventually(lambda: status(page) == ["degraded"])
    (message_id,) = shared.simulator.deliver(email)
    eventually(lambda: page.agrees(shared, email) and page.frames[-1].data["message"]["id"] == message_id)
    shared.start("redis")
    eventually(lambda: status(page) == ["degraded", "ok"])


def test_rule_12_a_flash_of_redis_is_healed(shared: Stack, email: str, page: Follower) -> None:
    with busy(shared, email, seed=4):
        for _ in range(5):
            shared.kill("redis")
            shared.start("redis")
            time.sleep(0.5)
    eventually(lambda: page.agrees(shared, email))


def test_a_killed_web_costs_a_reconnect(shared: Stack, user: SignedIn, email: str) -> None:
    page = Follower(user, web=1)
    with busy(shared, email, seed=5):
        time.sleep(1)
        shared.kill("web1")
        page.streams[-1].wait_for_end()
        page.come_back(web=0)
        shared.start("web1")
        page.come_back(web=1)
    eventually(lambda: page.agrees(shared, email))
    page.close()


def test_rule_04_a_worker_killed_in_the_middle_of_a_sync_repeats_it(shared: Stack, email: str, page: Follower) -> None:
    shared.simulator.fault("batch", delay=3, times=1)
    shared.simulator.deliver(email, count=30)
    eventually(lambda: query(shared, "SELECT 1 FROM gmail_sync_gmailaccount WHERE claim <> ''"))
    time.sleep(1)
    shared.kill("worker0")
    assert page.frames == []
    shared.start("worker0")
    eventually(lambda: page.agrees(shared, email))
    assert [frame.event for frame in page.frames].count("message.added") == 30


def test_rule_17_a_web_that_is_replaced_says_bye_and_ends_in_time(shared: Stack, user: SignedIn, email: str) -> None:
    pages = [Follower(user, web=1) for _ in range(8)]
    with busy(shared, email, seed=6):
        shared.stop("web1", seconds=12)
        assert "Finished server process" in shared.log("web1")
        for page in pages:
            page.streams[-1].wait_for_end()
            last = page.streams[-1].frames[-1]
            assert (last.event, last.data) == ("bye", {"reason": "deploy"})
            assert page.streams[-1].retries[-1] >= 500
            page.come_back(web=0)
        shared.start("web1")
    for page in pages:
        eventually(lambda page=page: page.agrees(shared, email))  # type: ignore[misc]
        page.close()


def test_rule_17_a_web_ends_in_time_while_redis_hangs(shared: Stack, user: SignedIn) -> None:
    page = Follower(user, web=1)
    shared.pause("redis")
    try:
        shared.stop("web1", seconds=12)
    finally:
        shared.resume("redis")
        shared.start("web1")
    assert page.streams[-1].frames[-1].data == {"reason": "deploy"}
