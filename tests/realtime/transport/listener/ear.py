"""Gives a listener that reports what it hears, in an event loop of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import redis
from channels.layers import get_channel_layer

from realtime.transport import installation
from realtime.transport.listener import Listener
from tests.realtime.page import in_thread, until


class Ear:
    """A listener, and all that it reported."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.joined: list[int] = []
        self.redis: list[bool] = []
        self.listener = Listener(self.messages.append, self.joined.append, self.redis.append)

    async def say(self, user_id: int, message: dict[str, Any]) -> None:
        """Send to the user's group, as anybody may who uses Channels."""
        await get_channel_layer().group_send(await in_thread(installation.user_group, user_id), message)

    async def hears(self, user_id: int) -> None:
        """Say something in the user's group until it is heard."""

        async def speak() -> None:
            while True:
                with suppress(redis.ConnectionError):
                    await self.say(user_id, {"type": "hub.auth", "user_id": user_id})
                await asyncio.sleep(0.05)

        self.messages.clear()
        speaking = asyncio.create_task(speak())
        await until(lambda: {"type": "hub.auth", "user_id": user_id} in self.messages, "it was not heard")
        speaking.cancel()


def listen(
    story: Callable[[Ear], Awaitable[None]],
    loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> None:
    """Run a story on an event loop of its own."""

    async def run() -> None:
        ear = Ear()
        ear.listener.start()
        try:
            await story(ear)
        finally:
            await ear.listener.stop()
            await get_channel_layer().flush()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())
