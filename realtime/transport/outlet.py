"""A connection for PUBLISH: any number of messages in one round trip, so that a slow Redis costs time and no messages.

The channel layer's own sends one, waits for its answer and lets nobody else pass.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import hiredis
from channels_redis.utils import create_pool
from redis.asyncio import ConnectionPool

from realtime.transport import wire
from realtime.transport.redis_connection import SECONDS
from realtime.transport.wire import Message

ANSWER_SECONDS = SECONDS
CONNECT_SECONDS = 10.0  # a name, TCP, TLS, a password and a first answer, perhaps in another town


class Outlet:
    """Belongs to one event loop. After a failure, or close(), the next one to send connects anew, by name."""

    def __init__(self) -> None:
        self._pool: ConnectionPool | None = None  # of one connection, which the pool looks at before it is used
        self._host: dict[str, Any] = {}

    async def send(self, messages: Iterable[tuple[str, Message]]) -> None:
        """Publish to these groups, in order. Raises RedisError, OSError or TimeoutError; some may have been sent."""
        host, name, write = wire.host(), wire.naming(), wire.writing()
        if host != self._host:
            await self.close()
        commands: Any = [("PUBLISH", name(group), write(message)) for group, message in messages]
        packed = list(map(hiredis.pack_command, commands))
        try:
            async with asyncio.timeout(ANSWER_SECONDS if self._pool else CONNECT_SECONDS):
                if self._pool is None:
                    self._host, self._pool = host, create_pool(host)
                await self._published(self._pool, packed)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Give the connection up, whatever state it is in."""
        pool, self._pool = self._pool, None
        if pool is not None:
            with suppress(Exception):
                await pool.disconnect()

    async def _published(self, pool: ConnectionPool, packed: list[bytes]) -> None:
        """Write at once and read each answer. redis-py's pipeline does the same at twice the cost."""
        connection = await pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_packed_command(b"".join(packed))
            for _ in packed:
                await connection.read_response()
        finally:
            await pool.release(connection)
