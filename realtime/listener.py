"""The process's ear on Redis: one channel, one group per connected user, and the proof that they are heard.

channels_redis does not tell when it lost its connection, `group_add` returns before Redis has acknowledged, and a
receive that is cancelled deletes the channel. So: one task receives and is never cancelled, one task alone joins and
leaves groups, and what counts as joined is a group through which a probe of our own has come back (RULES R12).
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from channels.layers import get_channel_layer

from realtime import installation
from realtime.log_threads import in_log_thread

logger = structlog.get_logger(__name__)

ROUND_SECONDS = 1.0
IDLE_SECONDS = 5.0
ECHO_SECONDS = 3.0
LEAVE_AFTER_SECONDS = 60.0


def supervise(loop: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """Run an endless loop as a task; an exception is logged and the loop starts again after a second."""

    async def forever() -> None:
        while True:
            try:
                await loop()
            except Exception:
                logger.exception("task.failed", task=loop.__name__)
                await asyncio.sleep(1)

    return asyncio.create_task(forever(), name=loop.__name__)


class Listener:
    """Receives for the hub. `up` is False while a probe has not come back."""

    def __init__(
        self,
        on_message: Callable[[dict[str, Any]], None],
        on_joined: Callable[[int], None],
        on_redis: Callable[[bool], None],
    ) -> None:
        self._on_message, self._on_joined, self._on_redis = on_message, on_joined, on_redis
        self.up = True  # until the first probe fails
        self._channel = ""
        self._wanted: set[int] = set()
        self._leaving: dict[int, float] = {}
        self._subscribed: set[int] = set()
        self._joined: set[int] = set()
        self._heard_at = 0.0
        self._probed_at: dict[int, float] = {}  # by user: an echo proves nothing about another one's group
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start to receive and to reconcile."""
        self._tasks = [supervise(self._reconcile)]

    async def stop(self) -> None:
        """End the tasks and close the connection, which may not answer any more."""
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()  # again and again: Python 3.11's wait_for, which redis-py uses, may swallow it
            await asyncio.wait(running, timeout=0.1)
        with suppress(Exception):
            async with asyncio.timeout(ROUND_SECONDS):
                await get_channel_layer().flush()

    def want(self, user_id: int) -> None:
        """Join the user's group soon; on_joined tells when it is proven, at once if it is already."""
        self._wanted.add(user_id)
        self._leaving.pop(user_id, None)
        if user_id not in self._joined:
            self._changed.set()

    def unwant(self, user_id: int) -> None:
        """Leave the user's group in a minute, unless he is back by then: a leave could overtake the next join."""
        self._wanted.discard(user_id)
        self._leaving[user_id] = time.monotonic() + LEAVE_AFTER_SECONDS

    async def _receive(self, channel: str) -> None:
        layer = get_channel_layer()
        while True:
            message = await layer.receive(channel)
            try:
                self._hear(message)
            except Exception:  # one message must not cost the others
                logger.exception("message.unreadable")

    def _hear(self, message: dict[str, Any]) -> None:
        self._heard_at = time.monotonic()
        if message["type"] != "hub.echo":
            self._on_message(message)
        elif message["channel"] == self._channel:
            user_id = message["user_id"]
            self._probed_at.pop(user_id, None)
            if user_id in self._subscribed and user_id not in self._joined:
                self._joined.add(user_id)
                self._on_joined(user_id)
            if not self.up and self._wanted <= self._joined:
                self._set_up(True)

    def _set_up(self, up: bool) -> None:
        if up != self.up:
            self.up = up
            if not up:
                self._joined.clear()
                self._subscribed.clear()
                self._probed_at.clear()
            self._on_redis(up)

    async def _reconcile(self) -> None:
        """The only task that changes subscriptions. Each round: join, leave, probe; on any doubt begin anew."""
        while True:
            try:
                if not self._channel:
                    await self._open()
                await self._join_and_leave()
                await self._probe_when_idle()
            except Exception as error:
                logger.warning("redis.unreachable", error=type(error).__name__)
                self._channel = ""
                self._set_up(False)
                await asyncio.sleep(ROUND_SECONDS * random.uniform(0.5, 1.0))
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()

    async def _open(self) -> None:
        """A new channel with its own receiving task; an earlier one is given up together with its connection."""
        await in_log_thread(installation.name)
        layer = get_channel_layer()
        async with asyncio.timeout(ECHO_SECONDS):
            await layer.flush()
            channel = await layer.new_channel()
        for task in self._tasks[1:]:
            task.cancel()  # its channel is gone, so there is nothing that the cancellation could delete
        self._subscribed.clear()
        self._joined.clear()
        self._probed_at.clear()
        self._channel = channel
        self._tasks[1:] = [supervise(lambda: self._receive(channel))]

    async def _join_and_leave(self) -> None:
        layer = get_channel_layer()
        now = time.monotonic()
        for user_id in [user for user, due in self._leaving.items() if due <= now]:
            if self._leaving.pop(user_id, None) is None:
                continue  # he came back while another one was leaving
            self._subscribed.discard(user_id)
            self._joined.discard(user_id)
            self._probed_at.pop(user_id, None)
            await layer.group_discard(installation.user_group(user_id), self._channel)
        began = time.monotonic()
        for user_id in self._wanted - self._subscribed:
            if time.monotonic() - began > ROUND_SECONDS:
                self._changed.set()  # the rest at once after the probes: a first echo may have overtaken its group
                break
            await layer.group_add(installation.user_group(user_id), self._channel)
            self._subscribed.add(user_id)
            await self._probe(user_id)

    async def _probe_when_idle(self) -> None:
        """Silence is proven by an echo through a user's own group: one on another channel would say nothing."""
        now = time.monotonic()
        if any(now - probed_at > ECHO_SECONDS for probed_at in self._probed_at.values()):
            raise ConnectionError("no echo")
        for user_id in self._subscribed - self._joined:
            await self._probe(user_id)
        if now - self._heard_at > IDLE_SECONDS:
            await self._probe(random.choice(list(self._joined)) if self._joined else 0)

    async def _probe(self, user_id: int) -> None:
        """Send ourselves an echo through the user's group; 0 stands for our channel while nobody is here."""
        self._probed_at.setdefault(user_id, time.monotonic())
        layer = get_channel_layer()
        echo = {"type": "hub.echo", "channel": self._channel, "user_id": user_id}
        async with asyncio.timeout(ECHO_SECONDS):
            if user_id:
                await layer.group_send(installation.user_group(user_id), echo)
            else:
                await layer.send(self._channel, echo)
