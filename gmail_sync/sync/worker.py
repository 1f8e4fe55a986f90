"""The worker: it claims the mailboxes that are due, and hands each to a thread.

It queries the due rows every second; a wake-up from the webhook only comes earlier (RULES R5), as does a mailbox of
which the worker knows that it is due before that.
"""

import math
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, close_old_connections

from gmail_sync.acting import waiting
from gmail_sync.claims import Claim, claim_due
from gmail_sync.heartbeat import Heartbeat, forget_the_dead
from gmail_sync.models import GmailAccount
from gmail_sync.sync.account import sync_account
from gmail_sync.sync.attempt import run_claimed
from realtime import database_errors
from realtime.log import housekeeping

logger = structlog.get_logger(__name__)

THREADS = 16
LOOK_SECONDS = 1.0
LEAST_SECONDS = 0.05  # between two looks that nobody asked for
GATHER_SECONDS = 0.01  # of a full worker: one claim for several threads costs little more than for one
TIDY_SECONDS = 300.0
MEND_SECONDS = 30.0
STOP_SECONDS = 9.0


class Worker:
    """Runs until stop() is called; then each running sync gives its mailbox back at its next call to Gmail."""

    def __init__(self, threads: int = THREADS) -> None:
        self._executor = ThreadPoolExecutor(threads + 1, thread_name_prefix="sync")  # one more, to tidy
        self._idle = threads
        self._full = False  # the last claim got as many as it asked for: more may be due
        self._wakes = 0
        self._asked = True  # to look now
        self._looked_at = self._poll_at = -math.inf  # by time.monotonic()
        self._heartbeat = Heartbeat()
        self._tidy_at = self._mend_at = 0.0
        self._running: set[Future[Any]] = set()
        self._due_soon: list[float] = []  # when mailboxes are, by time.monotonic()
        self._lock = threading.Lock()
        self._look = threading.Event()
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Query the due rows now."""
        with self._lock:
            self._wakes += 1
            self._asked = True
        self._look.set()

    def stop(self) -> None:
        """Take no new claims and have the running ones given back."""
        self._stopping.set()
        self._look.set()

    @property
    def stopped(self) -> bool:
        return self._stopping.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, unless it is stopped meanwhile."""
        self._stopping.wait(seconds)

    def run(self) -> bool:
        """Work until stopped. False if a mailbox was still held 9 s later; its claim then expires by itself."""
        while not self._stopping.is_set():
            self._look.clear()
            self._tidy()
            try:
                self._mend()
                self._heartbeat.beat_if_due()
                claimed = self._claim() if self._is_time_to_look() else 0
            except DatabaseError as error:
                database_errors.log(logger, "worker.database_unavailable", error)
                close_old_connections()
                self.pause(LOOK_SECONDS)  # also where it fails at once, and before the next look is set
                continue
            close_old_connections()
            if not claimed:
                self._look.wait(self._seconds_to_look())
        self._running.add(self._executor.submit(_in_thread, self._heartbeat.end))
        self._executor.shutdown(wait=False)
        return not wait(self._running, STOP_SECONDS).not_done

    def _claim(self) -> int:
        """Claim only for idle threads: a claim that waits in a queue would expire there (RULES R4)."""
        if self._full:
            self._stopping.wait(GATHER_SECONDS)
        with self._lock:
            idle, wakes, self._asked = self._idle, self._wakes, False
            self._looked_at = now = time.monotonic()
            self._poll_at = now + LOOK_SECONDS * random.uniform(0.8, 1.0)
            self._due_soon = [moment for moment in self._due_soon if moment > now]
        claims = claim_due(idle, self._stopping)
        with self._lock:
            self._full = len(claims) == idle
            self._idle -= len(claims)
        for claim in claims:
            future = self._executor.submit(self._sync, claim)
            with self._lock:
                self._running.add(future)
            future.add_done_callback(partial(self._done, wakes))
        return len(claims)

    def _sync(self, claim: Claim) -> None:
        outcome = run_claimed(claim, sync_account)
        if outcome.due_in < LOOK_SECONDS:
            with self._lock:
                self._due_soon.append(time.monotonic() + outcome.due_in)

    def _is_time_to_look(self) -> bool:
        with self._lock:
            asked = self._asked
        return asked or self._seconds_to_look() <= 0

    def _seconds_to_look(self) -> float:
        """Return at most a second, less where a mailbox that was given back here is due before."""
        with self._lock:
            soonest = max(min([self._poll_at, *self._due_soon]), self._looked_at + LEAST_SECONDS)
        return max(soonest - time.monotonic(), 0)

    def _tidy(self) -> None:
        """Every 5 minutes, run the housekeeping that is due."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + TIDY_SECONDS * random.uniform(0.8, 1.2)
        self._executor.submit(_in_thread, housekeeping.tidy_if_due)
        self._executor.submit(_in_thread, forget_the_dead)
        self._executor.submit(_in_thread, waiting.forget_old)

    def _mend(self) -> None:
        """Every 30 seconds, wake mailboxes that sleep too long since a clock was set back, and look after late acts."""
        if time.monotonic() >= self._mend_at:
            self._mend_at = time.monotonic() + MEND_SECONDS * random.uniform(0.8, 1.2)
            self._executor.submit(_in_thread, waiting.look_after_waiting)
            if woken := GmailAccount.objects.wake_far():
                logger.error("worker.clock_was_set_back", mailboxes=woken)

    def _done(self, wakes: int, future: "Future[Any]") -> None:
        """Look at once where more may be due: all threads were busy, or somebody has asked since it was claimed."""
        with self._lock:
            self._idle += 1
            self._running.discard(future)
            self._asked |= self._full or self._wakes != wakes
        self._look.set()


def _in_thread(work: Callable[[], object]) -> None:
    """Do what can wait for the next time, with a database connection of its own."""
    try:
        work()
    except DatabaseError as error:
        logger.warning("worker.put_off", work=work.__name__, error=type(error).__name__)
    finally:
        close_old_connections()
