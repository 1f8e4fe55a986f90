"""A connection for PUBLISH: any number of messages in one round trip, so that a slow Redis costs time and no messages.

The channel layer's own sends one, waits for its answer and lets nobody else pass.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from channels_redis.utils import create_pool
from redis.asyncio import Redis

from realtime.transport import wire
from realtime.transport.redis_connection import SECONDS
from realtime.transport.wire import Message

ANSWER_SECONDS = SECONDS
CONNECT_SECONDS = 10.0  # a name, TCP, TLS, a password and a first answer, perhaps in another town


class Outlet:
    """Belongs to one event loop. After a failure, or close(), the next one to send connects anew, by name."""

    def __init__(self) -> None:
        self._client: Redis | None = None
        self._host: dict[str, Any] = {}

    async def send(self, messages: Iterable[tuple[str, Message]]) -> None:
        """Publish to these groups, in order. Raises RedisError, OSError or TimeoutError; some may have been sent."""
        host, name, write = wire.host(), wire.naming(), wire.writing()
        if host != self._host:
            await self.close()
        try:
            async with asyncio.timeout(ANSWER_SECONDS if self._client else CONNECT_SECONDS):
                if self._client is None:
                    self._host, self._client = host, Redis.from_pool(create_pool(host))
                pipeline = self._client.pipeline(transaction=False)
                for group, message in messages:
                    pipeline.publish(name(group), write(message))
                await pipeline.execute()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Give the connection up, whatever state it is in."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                await client.connection_pool.disconnect()
