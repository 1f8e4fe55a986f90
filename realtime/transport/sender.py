"""The machine that each transport sends with: one thread, one event loop, and a bounded queue in front of it.

What is lost costs delay, never an event: the reader compares numbers with the log. So nothing is retried here. After a
failure nothing is sent until the way has proven itself again; then one bare message goes to each that was skipped.
Every transport has a machine of its own, so that one that hangs costs the others nothing (RULES R23).
"""

import asyncio
import atexit
import concurrent.futures.thread  # noqa: F401  # it registers a hook of its own, which has to be there before ours
import os
import threading
from collections import deque
from collections.abc import Hashable
from concurrent import futures
from contextvars import Context
from typing import Any, Generic, TypeVar

import structlog

from realtime.transport.ways import M, Way

logger = structlog.get_logger(__name__)

LAST_WORDS_SECONDS = 3.0
STILL_SECONDS = 1.0  # for a step of the loop to end; a fork waits no longer
SKIPPED_LIMIT = 10_000  # beyond it nothing is remembered: the log is compared anyway

W = TypeVar("W", bound=Way[Any])


class Sender(Generic[M, W]):
    """The thread of one way. Its callers do not wait for it, and its lines in the log have none of their context."""

    def __init__(self, way: W) -> None:
        self.pid = os.getpid()
        self.way = way
        self._recovered = f"{way.name}.recovered"
        self._said: deque[M] = deque()
        self._called = False
        self._skipped: dict[Hashable, M] = {}
        self._up = True
        self._lanes = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self.go_on = threading.Event()  # after a fork
        threading.Thread(target=self._loop.run_forever, name=way.name, daemon=True).start()

    def send_soon(self, message: M) -> None:
        """Send it; from any thread, returns at once."""
        self._said.append(message)
        if not self._called:  # one call for a thousand notices of one commit
            self._called = True
            self._loop.call_soon_threadsafe(self._take_said, context=Context())

    def _take_said(self) -> None:
        self._called = False  # first: what is said from here on calls again
        while self._said:
            message = self._said.popleft()
            if not self._up or not self.way.queue.put(message):
                self._skip(message)
        self._start_lanes()

    def _skip(self, message: M) -> None:
        key, rest = self.way.skip(message)
        if key in self._skipped or len(self._skipped) < SKIPPED_LIMIT:
            self._skipped[key] = rest

    def _start_lanes(self) -> None:
        while self._up and self._lanes < min(self.way.lanes, len(self.way.queue)):
            self._lanes += 1
            task = self._loop.create_task(self._drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _drain(self) -> None:
        try:
            while self._up and (batch := self.way.queue.take()):
                await self._sent(batch)
                if self._skipped and self._up and not self.way.queue:
                    self._take_up([self._skipped.pop(key) for key in list(self._skipped)])
        finally:
            self._lanes -= 1

    async def _sent(self, batch: list[M]) -> None:
        try:
            rest = await self.way.send(batch)
        except Exception as error:
            for message in batch:
                self._skip(message)
            self.way.queue.release(batch)
            if self._up:  # else another lane is at it
                await self._recover(error)
            return
        if rest:
            self._loop.call_later(rest, self._release, batch)
        else:
            self._release(batch)

    def _release(self, batch: list[M]) -> None:
        self.way.queue.release(batch)
        if self._up:
            self._start_lanes()
        else:
            self._skip_waiting()

    def _skip_waiting(self) -> None:
        while batch := self.way.queue.take():
            self.way.queue.release(batch)
            for message in batch:
                self._skip(message)

    async def _recover(self, error: Exception) -> None:
        self._up = False
        self._skip_waiting()
        while True:
            await asyncio.sleep(self.way.failed(error))
            skipped, self._skipped = self._skipped, {}
            try:
                again = await self.way.resume(list(skipped.values()))
                break
            except Exception as failure:
                error = failure
                self._skipped = skipped | self._skipped
        self._up = True
        logger.info(self._recovered, skipped=len(skipped))
        self._take_up([*again, *(self._skipped.pop(key) for key in list(self._skipped))])

    def _take_up(self, messages: list[M]) -> None:
        for message in messages:
            if not self.way.queue.put(message):
                self._skip(message)
        self._start_lanes()

    def hold_still(self) -> threading.Event:
        """Stop between two steps of the loop until `go_on` is set. Returns what is set once it stands still."""
        still = threading.Event()
        self.go_on.clear()
        self._loop.call_soon_threadsafe(self._rest, still, context=Context())
        return still

    def _rest(self, still: threading.Event) -> None:
        still.set()
        self.go_on.wait()

    def last_words(self) -> futures.Future[None]:
        """Begin to send what is queued: a management command lives no longer than its last line."""
        return asyncio.run_coroutine_threadsafe(self._sent_all(), self._loop)

    async def _sent_all(self) -> None:
        self._take_said()
        while self._up and self._tasks:
            await asyncio.wait(self._tasks, timeout=0.25)


_senders: dict[str, Sender[Any, Any]] = {}
_lock = threading.Lock()
_waited_in_vain = False


def sender_of(way: type[W]) -> Sender[Any, W]:
    """Return the process's one sender of this way; a forked child makes its own."""
    with _lock:
        known = _senders.get(way.name)
        if known is None or known.pid != os.getpid():
            known = _senders[way.name] = Sender(way())
        return known


def _ours() -> list[Sender[Any, Any]]:
    """Return the senders of this process, without those of the one that it was forked from."""
    return [sender for sender in list(_senders.values()) if sender.pid == os.getpid()]


def _hold_still() -> None:
    """Before a fork, have no sender within a step: a lock of OpenSSL, say, that it holds stays locked in the child."""
    _lock.acquire()
    for still in [sender.hold_still() for sender in _ours()]:
        still.wait(STILL_SECONDS)


def _go_on() -> None:
    for sender in _ours():
        sender.go_on.set()
    _lock.release()


def _finish() -> None:
    """Wait for the last words of this process."""
    global _waited_in_vain
    if not _waited_in_vain:
        ours = [sender.last_words() for sender in _ours()]
        _waited_in_vain = bool(futures.wait(ours, LAST_WORDS_SECONDS).not_done)


os.register_at_fork(before=_hold_still, after_in_parent=_go_on, after_in_child=_go_on)
# What the threads of the process still say is sent at its very end. But whoever has a connection to make by then must
# look up its host before Python ends the threads for that (concurrent.futures.thread), which no public hook precedes.
atexit.register(_finish)
threading._register_atexit(_finish)  # type: ignore[attr-defined]
