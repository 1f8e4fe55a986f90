"""The process's ear on Redis: one channel, one group per connected user, and the proof that they are heard.

channels_redis connects again in silence, `group_add` returns before Redis has acknowledged, and a receive that is
cancelled deletes the channel. So: the connection tells of its end, one task receives and is never cancelled, one alone
joins and leaves groups, and what counts as joined is a group through which a probe of our own came back (RULES R12).
"""

import asyncio
import math
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from channels.layers import get_channel_layer

from realtime.log_threads import in_log_thread
from realtime.supervision import supervise
from realtime.transport import groups, installation, redis_connection
from realtime.transport.groups import Groups, State
from realtime.transport.outlet import Outlet
from realtime.transport.pulse import EVERYBODY, listening_group

logger = structlog.get_logger(__name__)

ROUND_SECONDS = 1.0
IDLE_SECONDS = 5.0
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
        self._groups = Groups()
        self._heard_at = 0.0
        self._changed = asyncio.Event()
        self._reconciler: asyncio.Task[None] | None = None
        self._receiver: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to receive and to reconcile."""
        redis_connection.on_subscriber_lost(self.renew)
        self._reconciler = supervise(self._reconcile)

    async def stop(self) -> None:
        """End the tasks and close the connection, which may not answer any more."""
        while running := [task for task in (self._reconciler, self._receiver) if task and not task.done()]:
            for task in running:
                task.cancel()  # again and again: Python 3.11's wait_for, which redis-py uses, may swallow it
            await asyncio.wait(running, timeout=0.1)
        with suppress(Exception):
            async with asyncio.timeout(ROUND_SECONDS):
                await self._outlet.close()
                await get_channel_layer().flush()

    @property
    def heard_lately(self) -> bool:
        """Tell whether silence has not yet lasted for so long that Redis must be taken for hung."""
        return time.monotonic() - self._heard_at < IDLE_SECONDS + groups.ECHO_SECONDS

    def renew(self) -> None:
        """Begin anew with other connections: this one has ended, or does not carry what others publish."""
        self._lost = True
        self._changed.set()

    def want(self, user_id: int) -> None:
        """Join the user's group soon; on_joined tells when it is proven, at once if it is already."""
        if self._groups.want(user_id).state is not State.JOINED:
            self._changed.set()

    def unwant(self, user_id: int) -> None:
        """Leave the user's group in a minute, unless they are back by then: a leave could overtake the next join."""
        self._groups.unwant(user_id, time.monotonic())

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
            if self._groups.echoed(user_id) and user_id != EVERYBODY:
                self._on_joined(user_id)
            if not self.up and self._groups.all_joined():
                self._set_up(True)

    def _set_up(self, up: bool) -> None:
        changed, self.up = up != self.up, up
        if changed:
            self._on_redis(up)

    async def _reconcile(self) -> None:
        """Join, leave and probe in rounds; on any doubt begin anew. No other task changes subscriptions."""
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
        self._groups.begin_anew()
        self._set_up(False)

    async def _open(self) -> None:
        """Open a channel with its own receiving task; an earlier one is given up together with its connection."""
        await in_log_thread(installation.name)
        layer = get_channel_layer()
        await self._outlet.close()
        async with asyncio.timeout(OPEN_SECONDS):
            await layer.flush()
            self._lost = False  # what ended until here was ours to end
            channel = await layer.new_channel()
            await self._outlet.send([("publish-probe", {"type": "probe"})])  # connects: an echo must not wait for it
        self._channel = channel
        if self._receiver:
            self._receiver.cancel()  # its channel is gone, so there is nothing that the cancellation could delete
        self._receiver = supervise(lambda: self._receive(channel))

    async def _join_and_leave(self) -> None:
        layer, began = get_channel_layer(), time.monotonic()
        for group in self._groups.to_leave(began):
            if group.is_wanted:
                continue  # they came back while another one was leaving
            self._groups.forget(group)
            await layer.group_discard(listening_group(group.user_id), self._channel)
        for group in self._groups.to_join():
            if time.monotonic() - began > ROUND_SECONDS:
                self._changed.set()  # the rest at once after the probes: a first echo may have overtaken its group
                break
            await layer.group_add(listening_group(group.user_id), self._channel)
            group.state = State.SUBSCRIBED

    async def _probe_when_idle(self) -> None:
        """Prove silence by an echo through a user's own group: one on another channel would say nothing."""
        now = time.monotonic()
        if now > self._groups.echo_due_at():
            raise ConnectionError("no echo")
        doubtful = self._groups.unproven()
        if not doubtful and now - self._heard_at > IDLE_SECONDS:
            doubtful = [self._groups.a_joined_one()]
        self._groups.probed(doubtful, now)
        if doubtful:
            echo = {"type": "hub.echo", "channel": self._channel}
            users = [group.user_id for group in doubtful]
            async with asyncio.timeout(groups.ECHO_SECONDS):
                await self._outlet.send((listening_group(user), {**echo, "user_id": user}) for user in users)

    def _patience(self) -> float:
        """Return how long a round may last, in seconds: until silence or a missing echo says something."""
        due_at = self._groups.echo_due_at()
        left = (self._heard_at + IDLE_SECONDS if due_at == math.inf else due_at) - time.monotonic()
        return min(max(left, 0) + 0.01, ROUND_SECONDS)
