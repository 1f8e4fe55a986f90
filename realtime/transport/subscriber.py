"""One connection to Redis that receives: one callback a message, with no queue, task or timer in between.

redis-py makes the connection (names, TLS, passwords); then this protocol reads what comes, and writes three commands.
Redis answers in order, so an acknowledged subscription is one over which all later messages come.
https://redis.io/docs/latest/develop/pubsub/
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import hiredis
from channels_redis.utils import create_pool
from redis import ConnectionError as RedisConnectionError

IDLE_SECONDS = 5.0  # after so much silence it is asked whether anybody is there
ANSWER_SECONDS = 3.0
NAMES_LIMIT = 500  # of one SUBSCRIBE: what is longer keeps Redis from its other clients


class Subscriber(asyncio.Protocol):
    """Tells of each message, of each channel that Redis has acknowledged, and once of the connection's end."""

    def __init__(
        self,
        on_message: Callable[[bytes], None],
        on_subscribed: Callable[[bytes], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._on_message, self._on_subscribed, self._on_end = on_message, on_subscribed, on_end
        self._replies = hiredis.Reader()
        self._writer: asyncio.StreamWriter | None = None
        self._pinged_at = 0.0
        self.heard_at = 0.0  # by the monotonic clock: the last bytes, of whatever kind

    async def connect(self, host: dict[str, Any]) -> None:
        """Connect, and await a first answer: Redis may refuse us. Raises RedisError, OSError or TimeoutError."""
        connection = create_pool(host).make_connection()
        try:
            await connection.connect()
            await connection.send_command("PING", check_health=False)
            await connection.read_response()
            self._take_over(connection)
        finally:
            await connection.disconnect(nowait=True)

    def subscribe(self, channels: Iterable[bytes]) -> None:
        """Ask for these channels; on_subscribed tells of each. Raises ConnectionError."""
        self._ask(b"SUBSCRIBE", list(channels))

    def unsubscribe(self, channels: Iterable[bytes]) -> None:
        """Ask for these channels no more. Raises ConnectionError."""
        self._ask(b"UNSUBSCRIBE", list(channels))

    def prove_life(self) -> float:
        """Ping after a silence. Returns the seconds until the next look; raises TimeoutError without an answer."""
        now = time.monotonic()
        if self._pinged_at > self.heard_at:
            due_at = self._pinged_at + ANSWER_SECONDS
            if now > due_at:
                raise TimeoutError("no answer")
        elif now > (due_at := self.heard_at + IDLE_SECONDS):
            self._write(hiredis.pack_command((b"PING",)))
            self._pinged_at, due_at = now, now + ANSWER_SECONDS
        return due_at - now

    def close(self) -> None:
        """Give the connection up, whatever state it is in; on_end is not called any more."""
        self._on_end = lambda error: None
        if self._writer is not None:
            self._writer.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came, down to the last whole reply."""
        self.heard_at = time.monotonic()
        try:
            self._replies.feed(data)
            while (reply := self._replies.gets()) is not False:
                match reply:
                    case [b"message", _, message]:
                        self._on_message(message)
                    case [b"subscribe", channel, _]:
                        self._on_subscribed(channel)
                    case hiredis.ReplyError():
                        self._end(str(reply).partition(" ")[0])  # NOPERM, LOADING: the rest may hold names
        except hiredis.ProtocolError:
            self._end("ProtocolError")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell of the end, whoever ended it."""
        self._end(type(exc).__name__ if exc else "closed")

    def _take_over(self, connection: Any) -> None:
        """Read from here on what redis-py's connection would read. It has no public names for its two streams."""
        reader, writer = connection._reader, connection._writer
        if reader is None or reader.at_eof() or writer.transport.is_closing():
            raise RedisConnectionError("closed")  # nobody would tell us any more
        connection._reader = connection._writer = None
        self.heard_at = time.monotonic()
        self._writer = writer  # kept, or it would close its transport
        writer.transport.set_protocol(self)

    def _ask(self, command: bytes, channels: list[bytes]) -> None:
        for start in range(0, len(channels), NAMES_LIMIT):
            words: Any = command, *channels[start : start + NAMES_LIMIT]
            self._write(hiredis.pack_command(words))

    def _write(self, packed: bytes) -> None:
        if self._writer is None or self._writer.transport.is_closing():
            raise RedisConnectionError("closed")
        self._writer.write(packed)

    def _end(self, error: str) -> None:
        tell = self._on_end
        self.close()
        tell(error)
