"""The process's ear on Redis: one connection, subscribed to one group per connected user.

Nothing is assumed. Joined is what Redis has acknowledged on the very connection that will carry the messages; that
connection's end is acted on when it happens; one that is silent is pinged, and given up without an answer. What was
published meanwhile is lost, so whoever joins is told to look at the log (RULES R12).
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog
from redis import RedisError

from realtime.log_threads import in_log_thread
from realtime.supervision import supervise
from realtime.transport import installation, subscriber, wire
from realtime.transport.groups import Groups
from realtime.transport.pulse import EVERYBODY, listening_group
from realtime.transport.subscriber import Subscriber
from realtime.transport.wire import Message

logger = structlog.get_logger(__name__)

ROUND_SECONDS = 1.0
OPEN_SECONDS = 20.0
OF_REDIS = RedisError, OSError  # of which TimeoutError is one


class Listener:
    """Receives for the hub. `up` is False from a connection's end until its groups are joined over the next."""

    def __init__(
        self,
        on_message: Callable[[Message], None],
        on_joined: Callable[[int], None],
        on_redis: Callable[[bool], None],
    ) -> None:
        self._on_message, self._on_joined, self._on_redis = on_message, on_joined, on_redis
        self.up = True  # until the first failure
        self._groups = Groups()
        self._subscriber: Subscriber | None = None
        self._asked: dict[bytes, int] = {}  # the users of channels that Redis has not acknowledged
        self._lost = ""
        self._changed = asyncio.Event()
        self._reconciler: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to receive and to reconcile."""
        self._reconciler = supervise(self._reconcile)

    async def stop(self) -> None:
        """End the task and close the connection."""
        while (task := self._reconciler) and not task.done():
            task.cancel()  # again and again: Python 3.11's wait_for, which redis-py uses, may swallow it
            await asyncio.wait([task], timeout=0.1)
        if self._subscriber is not None:
            self._subscriber.close()

    @property
    def heard_lately(self) -> bool:
        """Tell whether silence has not yet lasted for so long that Redis must be taken for hung."""
        silence = time.monotonic() - self._subscriber.heard_at if self._subscriber else float("inf")
        return silence < subscriber.IDLE_SECONDS + subscriber.ANSWER_SECONDS

    def renew(self) -> None:
        """Begin anew with another connection: this one does not carry what others publish."""
        self._on_end("renewed")

    def want(self, user_id: int) -> None:
        """Join the user's group soon, unless it is joined; on_joined tells when Redis has acknowledged it."""
        if self._groups.want(user_id):
            self._changed.set()

    def unwant(self, user_id: int) -> None:
        """Leave the user's group in a minute, unless they are back by then."""
        self._groups.unwant(user_id, time.monotonic())

    def _hear(self, read: Callable[[bytes], Message], message: bytes) -> None:
        try:
            self._on_message(read(message))
        except Exception:  # one message must not cost the others
            logger.exception("message.unreadable")

    def _on_subscribed(self, channel: bytes) -> None:
        user_id = self._asked.pop(channel, None)
        if user_id is None or not self._groups.acknowledge(user_id):
            return
        if user_id != EVERYBODY:
            self._on_joined(user_id)
        if not self.up and self._groups.regained():
            self._set_up(True)

    def _on_end(self, error: str) -> None:
        self._lost = error
        self._changed.set()

    def _set_up(self, up: bool) -> None:
        changed, self.up = up != self.up, up
        if changed:
            self._on_redis(up)

    async def _reconcile(self) -> None:
        """Join, leave and ping in rounds; on any doubt begin anew. No other task changes subscriptions."""
        while True:
            try:
                await self._round()
            except OF_REDIS as error:
                was_up = self.up
                logger.warning("redis.unreachable", error=self._lost or type(error).__name__)
                self._begin_anew()
                if not was_up:
                    await asyncio.sleep(ROUND_SECONDS * random.uniform(0.5, 1.0))
            except Exception:
                self._begin_anew()
                raise  # supervision tells where it comes from, and starts again after a second

    async def _round(self) -> None:
        if self._lost:
            raise ConnectionError(self._lost)
        if self._subscriber is None:
            self._subscriber = await self._opened()
        self._join_and_leave(self._subscriber)
        patience = self._subscriber.prove_life()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(patience, 0) + 0.01, ROUND_SECONDS)):
                await self._changed.wait()
        self._changed.clear()

    def _begin_anew(self) -> None:
        if self._subscriber is not None:
            self._subscriber.close()
        self._subscriber, self._lost = None, ""
        self._asked.clear()
        self._groups.begin_anew()
        self._set_up(False)

    async def _opened(self) -> Subscriber:
        await in_log_thread(installation.name)
        opened = Subscriber(partial(self._hear, wire.reading()), self._on_subscribed, self._on_end)
        async with asyncio.timeout(OPEN_SECONDS):
            await opened.connect(wire.host())
        return opened

    def _join_and_leave(self, connection: Subscriber) -> None:
        name, now = wire.naming(), time.monotonic()
        if left := self._groups.leave(now):
            connection.unsubscribe(name(listening_group(user)).encode() for user in left)
        if self._groups.overdue(now):
            raise ConnectionError("not acknowledged")
        if users := self._groups.ask(now):
            names = {name(listening_group(user)).encode(): user for user in users}
            self._asked |= names
            connection.subscribe(names)
