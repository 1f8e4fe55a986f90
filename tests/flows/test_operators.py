"""What goes wrong shows in `/readyz` and in the metrics within 3 minutes, and no longer once it is mended."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.flows.mailbox import eventually
from tests.flows.test_logs import seen
from tests.live import Stack

pytestmark = pytest.mark.chaos

BOUND_SECONDS = 180
ENV = {"SYNC_POLL_SILENT_SECONDS": "5"}
AN_HOUR_LATER = """
from datetime import timedelta
from django.db.models import F
from gmail_sync.models import GmailWatch
GmailWatch.objects.update(expires_at=F("expires_at") - timedelta(hours=%d))
"""


def readyz(stack: Stack) -> dict[str, str]:
    answer: dict[str, str] = httpx.get(f"{stack.url()}/readyz", timeout=2).json()
    return answer


def within(seconds: float, true: Callable[[], object], what: str) -> None:
    began = time.monotonic()
    eventually(true, seconds, lambda: f"{what}: not within {seconds} s")
    print(f"FIGURE {what}: {time.monotonic() - began:.1f} s")  # noqa: T201


def test_it_names_what_fails_within_three_minutes(shared: Stack, email: str) -> None:
    assert readyz(shared)["status"] == "ok"

    shared.kill("worker0")
    within(BOUND_SECONDS, lambda: readyz(shared)["worker"] == "down", "worker killed, in /readyz")
    assert (readyz(shared)["status"], seen(shared)["finito_workers"]) == ("degraded", 0)
    shared.start("worker0")
    within(30, lambda: readyz(shared)["status"] == "ok", "worker started, in /readyz")

    shared.pause("worker0")
    within(BOUND_SECONDS, lambda: readyz(shared)["worker"] == "down", "worker hangs, in /readyz")
    shared.resume("worker0")
    within(30, lambda: readyz(shared)["status"] == "ok", "worker goes on, in /readyz")

    shared.simulator.fault("history.list", status=500, email=email)
    shared.simulator.deliver(email)
    within(BOUND_SECONDS, lambda: readyz(shared)["mailboxes"] == "failing", "mailbox fails, in /readyz")
    assert (readyz(shared)["status"], seen(shared)["finito_mailboxes_failing"]) == ("degraded", 1)
    shared.simulator.sim("DELETE", "faults")
    within(BOUND_SECONDS, lambda: readyz(shared)["status"] == "ok", "mailbox mended, in /readyz")

    shared.python(AN_HOUR_LATER % 169)
    within(BOUND_SECONDS, lambda: readyz(shared)["push"] == "lapsed", "watch lapsed, in /readyz")
    assert seen(shared)["finito_watch_expiry_seconds"] < 0
    shared.manage("renew_watches", "--all")
    within(30, lambda: readyz(shared)["status"] == "ok", "watch renewed, in /readyz")

    shared.pause("redis")
    within(BOUND_SECONDS, lambda: readyz(shared)["redis"] == "down", "Redis hangs, in /readyz")
    within(BOUND_SECONDS, lambda: seen(shared)["finito_redis_up"] == 0, "Redis hangs, in the metrics")
    shared.resume("redis")
    within(60, lambda: readyz(shared)["status"] == "ok", "Redis goes on, in /readyz")


def test_it_names_a_push_that_went_silent_within_three_minutes(shared: Stack, email: str) -> None:
    shared.simulator.fault("push", drop=True, times=1_000)
    shared.manage("renew_watches", "--all")
    within(BOUND_SECONDS, lambda: readyz(shared)["push"] == "silent", "push silent, in /readyz")
    assert (readyz(shared)["status"], seen(shared)["finito_watches silent"]) == ("degraded", 1)
    unannounced = seen(shared)["finito_sync_unannounced_total"]
    shared.simulator.deliver(email)
    within(60, lambda: seen(shared)["finito_sync_unannounced_total"] > unannounced, "found by a poll, in the metrics")
    shared.simulator.sim("DELETE", "faults")
    shared.simulator.deliver(email)
    within(60, lambda: readyz(shared)["push"] == "ok", "push back, in /readyz")


def test_it_stays_within_two_seconds_whatever_hangs(shared: Stack) -> None:
    for name in ("redis", "worker0"):
        shared.pause(name)
    try:
        for _ in range(5):
            assert readyz(shared)["redis"] == "down"
            began = time.monotonic()
            seen(shared)
            assert time.monotonic() - began < 4
    finally:
        for name in ("redis", "worker0"):
            shared.resume(name)
