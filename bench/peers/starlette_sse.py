"""sse-starlette with redis.asyncio, a subscription a stream, as their documentation writes it.

`python starlette_sse.py PORT REDIS_PORT`. A stream's user is the path's last part.
"""

import sys
from collections.abc import AsyncIterator
from typing import Any

import redis.asyncio as redis
import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

BEAT_SECONDS = 15
server = redis.Redis(port=int(sys.argv[2]), max_connections=20_000)


async def listen(channel: str) -> AsyncIterator[dict[str, Any]]:
    """Yield the messages of the channel."""
    async with server.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(channel)
        yield {"comment": "ok"}
        async for message in subscription.listen():
            yield {"data": message["data"].decode()}


async def events(request: Request) -> EventSourceResponse:
    """Stream what the user is sent."""
    return EventSourceResponse(listen("user." + request.path_params["user"]), ping=BEAT_SECONDS)


if __name__ == "__main__":
    application = Starlette(routes=[Route("/events/{user}", events)])
    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "backlog": 4096, "access_log": False}
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", **options)
