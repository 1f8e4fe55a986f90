"""Channels as its documentation writes a long response: an AsyncHttpConsumer that joins a group, behind uvicorn.

`python channels_consumer.py PORT REDIS_PORT`. A stream's user is the path's last part.
"""

import asyncio
import sys
from typing import Any

import uvicorn
from channels.generic.http import AsyncHttpConsumer
from channels.layers import get_channel_layer
from django.conf import settings

BEAT_SECONDS = 15.0
LAYER = "channels_redis.pubsub.RedisPubSubChannelLayer"


class Events(AsyncHttpConsumer):
    """Writes what its group is sent, and a beat."""

    async def handle(self, body: bytes) -> None:
        self.group = "user." + self.scope["path"].rpartition("/")[2]
        await get_channel_layer().group_add(self.group, self.channel_name)
        await self.send_headers(headers=[(b"Content-Type", b"text/event-stream")])
        await self.send_body(b":ok\n\n", more_body=True)
        self.beating = asyncio.create_task(self.beat())

    async def http_request(self, message: dict[str, Any]) -> None:
        """Handle without ending the consumer, which the base class does after handle()."""
        await self.handle(message.get("body", b""))

    async def stream_event(self, event: dict[str, Any]) -> None:
        await self.send_body(b"data: " + event["text"].encode() + b"\n\n", more_body=True)

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self.send_body(b"event: hb\ndata: {}\n\n", more_body=True)

    async def disconnect(self) -> None:
        self.beating.cancel()
        await get_channel_layer().group_discard(self.group, self.channel_name)


if __name__ == "__main__":
    layer = {"BACKEND": LAYER, "CONFIG": {"hosts": [f"redis://127.0.0.1:{sys.argv[2]}/0"]}}
    settings.configure(CHANNEL_LAYERS={"default": layer}, SECRET_KEY="-" * 50)
    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "backlog": 4096, "access_log": False}
    uvicorn.run(Events.as_asgi(), host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", **options)
