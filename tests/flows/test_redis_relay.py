"""A Redis that is slow, that hangs, or that is not the one of the others, for one process alone."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from launcher.environment import free_ports
from launcher.run import valkey_command
from tests.flows.crowd import KNOWN_SECONDS, UNKNOWN_SECONDS, Crowd, tell
from tests.flows.relay import Relay
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import busy, in_gmail, in_mirror
from tests.support.live_page import Page, delays
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

NewUsers = Callable[[int], list[SignedIn]]


@pytest.mark.parametrize("seconds", [0.26, 0.6, 2.0])
def test_rule_12_a_slow_redis_is_up_and_slow(shared: Stack, new_users: NewUsers, seconds: float) -> None:
    with behind_relay(shared, "worker0") as relay, behind_relay(shared, "web1") as other:
        crowd = Crowd(shared, new_users(2))
        with crowd.living():
            # Now that events flow: a line that was silent for five seconds is probed, and has three to answer.
            relay.delay_seconds = other.delay_seconds = seconds
            time.sleep(10)
            healthy = crowd.steady[0][1].user.get("/readyz", web=1).json()
        crowd.settle()
        tell(f"Redis answers in {seconds} s", crowd.delays())
        assert healthy["redis"] == "ok"
        assert "publish.failed" not in shared.log("worker0")
        assert "redis.unreachable" not in shared.log("web1")
        assert not [page for page in crowd.pages if page.status]


@pytest.mark.parametrize("name", ["web1", "worker0"])
def test_a_redis_that_is_not_the_one_the_others_use_is_told_and_healed(
    shared: Stack, new_users: NewUsers, name: str
) -> None:
    (port,) = free_ports(1)
    shared.commands["redis2"] = valkey_command(port)
    shared.supervisor.start("redis2", shared.commands["redis2"], shared.environment, shared.directory)
    (user,) = new_users(1)
    with behind_relay(shared, name, port) as relay:
        began = time.monotonic()
        eventually(lambda: carried(user) == "unheard", seconds=120)
        tell(f"{name} has another Redis: told", [time.monotonic() - began])
        assert "pulse.unheard" in shared.log("web1")
        eventually(lambda: "does not hear" in doctor(shared))  # each process writes down whom it does not hear
        with Page(user, web=1) as page, busy(shared, f"{user.name}@gmail.example", seed=3):
            eventually(lambda: len(page.frames) > 40)
            assert max(delays(page.frames[-20:])) < KNOWN_SECONDS + 1
            relay.switch(int(shared.commands["redis"][4]))  # as a failover: who connects anew is mended
            eventually(lambda: carried(user) == "ok", seconds=120)
            assert page.status[-1:] == ["ok"]
    shared.supervisor.end(["redis2"], 3)
    del shared.commands["redis2"]


def carried(user: SignedIn) -> str:
    """Ask the second web about Redis."""
    return str(user.get("/readyz", web=1).json()["redis"])


def doctor(stack: Stack) -> str:
    """Ask check_gmail about Redis."""
    code = "from gmail_sync.doctor import redis; print(*(found.line() for found in redis.probe([])))"
    return stack.python(code)


@contextmanager
def behind_relay(stack: Stack, name: str, port: int = 0) -> Iterator[Relay]:
    """Start a process again so that it reaches Redis, or what listens on that port, through a relay."""
    with Relay([port or int(stack.commands["redis"][4])]) as relay:
        start_with_redis(stack, name, f"redis://127.0.0.1:{relay.port}/0")
        try:
            yield relay
        finally:
            start_with_redis(stack, name, stack.redis_url)


def start_with_redis(stack: Stack, name: str, url: str) -> None:
    stack.stop(name)
    stack.environment["REDIS_URL"] = url
    stack.start(name)
    stack.environment["REDIS_URL"] = stack.redis_url


def test_rule_12_a_worker_that_cannot_publish_delays_and_loses_nothing(shared: Stack, new_users: NewUsers) -> None:
    with behind_relay(shared, "worker0") as relay:
        crowd = Crowd(shared, new_users(2))
        with crowd.living():
            for failing in (relay.dead, relay.hanging):
                with failing():
                    time.sleep(13)
                time.sleep(2)
                healed = time.monotonic()
                time.sleep(2)
        crowd.settle()
    tell("the worker cannot publish: ever", crowd.delays())
    tell("the worker cannot publish: afterwards", crowd.delays(healed))
    assert not [page for page in crowd.pages if page.status]
    assert max(crowd.delays()) < UNKNOWN_SECONDS
    assert max(crowd.delays(healed)) < KNOWN_SECONDS


def test_rule_12_a_web_that_hears_nothing_delays_only_its_own_pages(shared: Stack, new_users: NewUsers) -> None:
    with behind_relay(shared, "web1") as relay:
        crowd = Crowd(shared, new_users(2))
        with crowd.living():
            for failing in (relay.dead, relay.hanging):
                with failing():
                    eventually(partial(crowd.told, 1, "degraded"))
                    time.sleep(3)
                eventually(partial(crowd.told, 1, "ok"))
        crowd.settle()
    tell("a web hears nothing: known", crowd.delays_degraded())
    tell("a web hears nothing: ever", crowd.delays(web=1))
    tell("a web hears nothing: the other web", crowd.delays(web=0))
    assert not [page for page in crowd.at_web(0) if page.status]
    assert max(crowd.delays_degraded()) < KNOWN_SECONDS
    assert max(crowd.delays(web=1)) < UNKNOWN_SECONDS
    assert max(crowd.delays(web=0)) < KNOWN_SECONDS


def test_rule_12_nobody_waits_for_a_redis_that_hangs(shared: Stack, email: str, page: Page) -> None:
    shared.pause("redis")
    try:
        for _ in range(5):
            shared.simulator.deliver(email)
            eventually(lambda: in_mirror(shared, email) == in_gmail(shared, email), seconds=5)
    finally:
        shared.resume("redis")
    eventually(lambda: page.agrees(shared, email))
