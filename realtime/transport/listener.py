"""The process's ear on Redis: one channel, one group per connected user, and the proof that they are heard.

channels_redis connects again in silence, `group_add` returns before Redis has acknowledged, and a receive that is
cancelled deletes the channel. So: the connection tells of its end, one task receives and is never cancelled, one alone
joins and leaves groups, and what counts as joined is a group through which a probe of our own came back (RULES R12).
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from channels.layers import get_channel_layer

from realtime.log.log_threads import in_log_thread
from realtime.supervision import supervise
from realtime.transport import installation, redis_connection
from realtime.transport.outlet import Outlet
from realtime.transport.pulse import EVERYBODY, listening_group

logger = structlog.get_logger(__name__)

ROUND_SECONDS = 1.0
IDLE_SECONDS = 5.0
ECHO_SECONDS = 3.0
JOIN_SECONDS = 9.0
LEAVE_AFTER_SECONDS = 60.0
OPEN_SECONDS = 20.0


class Listener:
    """Receives for the hub. `up` is False from a connection's end until all groups have echoed over the next."""

    def __init__(
        self,
        on_message: Callable[[dict[str, Any]], None],
        on_joined: Callable[[int], None],
        on_redis: Callable[[bool], None],
    ) -> None:
        self._on_message, self._on_joined, self._on_redis = on_message, on_joined, on_redis
        self.up = True  # until the first probe fails
        self._channel, self._lost = "", False
        self._outlet = Outlet()
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
        redis_connection.on_subscriber_lost(self.renew)
        self._tasks = [supervise(self._reconcile)]

    async def stop(self) -> None:
        """End the tasks and close the connection, which may not answer any more."""
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()  # again and again: Python 3.11's wait_for, which redis-py uses, may swallow it
            await asyncio.wait(running, timeout=0.1)
        with suppress(Exception):
            async with asyncio.timeout(ROUND_SECONDS):
                await self._outlet.close()
                await get_channel_layer().flush()

    @property
    def heard_lately(self) -> bool:
        """Whether silence has not yet lasted for so long that Redis must be taken for hung."""
        return time.monotonic() - self._heard_at < IDLE_SECONDS + ECHO_SECONDS

    def renew(self) -> None:
        """Begin anew with other connections: this one has ended, or does not carry what others publish."""
        self._lost = True
        self._changed.set()

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
                if user_id != EVERYBODY:
                    self._on_joined(user_id)
            if not self.up and self._wanted | {EVERYBODY} <= self._joined:
                self._set_up(True)

    def _set_up(self, up: bool) -> None:
        changed, self.up = up != self.up, up
        if changed:
            self._on_redis(up)

    async def _reconcile(self) -> None:
        """The only task that changes subscriptions. Each round: join, leave, probe; on any doubt begin anew."""
        while True:
            try:
                if self._lost:
                    self._begin_anew("lost")
                if not self._channel:
                    await self._open()
                await self._join_and_leave()
                await self._probe_when_idle()
            except Exception as error:
                self._begin_anew(type(error).__name__)
                await asyncio.sleep(ROUND_SECONDS * random.uniform(0.5, 1.0))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience()):
                    await self._changed.wait()
            self._changed.clear()

    def _begin_anew(self, error: str) -> None:
        logger.warning("redis.unreachable", error=error)
        self._channel = ""
        self._subscribed, self._joined, self._probed_at = set(), set(), {}
        self._set_up(False)

    async def _open(self) -> None:
        """A new channel with its own receiving task; an earlier one is given up together with its connection."""
        await in_log_thread(installation.name)
        layer = get_channel_layer()
        await self._outlet.close()
        async with asyncio.timeout(OPEN_SECONDS):
            await layer.flush()
            self._lost = False  # what ended until here was ours to end
            channel = await layer.new_channel()
            await self._outlet.send([("publish-probe", {"type": "probe"})])  # connects: an echo must not wait for it
        self._channel = channel
        for task in self._tasks[1:]:
            task.cancel()  # its channel is gone, so there is nothing that the cancellation could delete
        self._tasks[1:] = [supervise(lambda: self._receive(channel))]

    async def _join_and_leave(self) -> None:
        layer, began = get_channel_layer(), time.monotonic()
        for user_id in [user for user, due in self._leaving.items() if due <= began]:
            if self._leaving.pop(user_id, None) is None:
                continue  # they came back while another one was leaving
            self._subscribed.discard(user_id)
            self._joined.discard(user_id)
            self._probed_at.pop(user_id, None)
            await layer.group_discard(listening_group(user_id), self._channel)
        for user_id in (self._wanted | {EVERYBODY}) - self._subscribed:
            if time.monotonic() - began > ROUND_SECONDS:
                self._changed.set()  # the rest at once after the probes: a first echo may have overtaken its group
                break
            await layer.group_add(listening_group(user_id), self._channel)
            self._subscribed.add(user_id)

    async def _probe_when_idle(self) -> None:
        """Silence is proven by an echo through a user's own group: one on another channel would say nothing."""
        now = time.monotonic()
        if any(now > due for due in self._echoes_due()):
            raise ConnectionError("no echo")
        doubtful = self._subscribed - self._joined
        if not doubtful and now - self._heard_at > IDLE_SECONDS:
            doubtful = {random.choice(list(self._joined))}
        self._probed_at = dict.fromkeys(doubtful, now) | self._probed_at
        if doubtful:
            echo = {"type": "hub.echo", "channel": self._channel}
            async with asyncio.timeout(ECHO_SECONDS):
                await self._outlet.send((listening_group(user), {**echo, "user_id": user}) for user in doubtful)

    def _echoes_due(self) -> list[float]:
        """Until when each must be back. The first one of a group may have overtaken it, and be lost."""
        limits = {True: ECHO_SECONDS, False: JOIN_SECONDS}
        return [probed_at + limits[user in self._joined] for user, probed_at in self._probed_at.items()]

    def _patience(self) -> float:
        """How long a round may last, in seconds: until silence or a missing echo says something."""
        left = min(self._echoes_due() or [self._heard_at + IDLE_SECONDS]) - time.monotonic()
        return min(max(left, 0) + 0.01, ROUND_SECONDS)
