"""Speaks to Supabase Realtime with `realtime`: python with_realtime.py URL KEY VERSION.

Reads one JSON command a line, and prints one JSON line for all that happens.
"""

import asyncio
import importlib
import json
import sys
from typing import Any

realtime: Any = importlib.import_module("realtime")  # PyPI's, which has the name of our package
url, key, version = sys.argv[1:]
assert version == "1.0.0", "it speaks no other"


def tell(what: str, topic: str, **more: Any) -> None:
    """Print one line."""
    print(json.dumps({"what": what, "topic": topic, **more}), flush=True)  # noqa: T201


async def main() -> None:
    """Obey until the input ends."""
    client = realtime.AsyncRealtimeClient(f"{url.replace('http', 'ws', 1)}/realtime/v1", key)
    channels: dict[str, Any] = {}
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        topic = command.get("topic", "")
        if command["do"] == "join":
            channels[topic] = await join(client, topic, command)
        elif command["do"] == "token":
            await client.set_auth(command["token"])
        elif command["do"] == "say":
            await channels[topic].send_broadcast("frames", command["payload"])
        elif command["do"] == "leave":
            await client.remove_channel(channels[topic])
            tell("left", topic)


async def join(client: Any, topic: str, command: dict[str, Any]) -> Any:
    """Join, and tell what comes of it."""
    await client.set_auth(command.get("token"))
    config = {"private": command["isPrivate"], "broadcast": {"self": False, "ack": False}}
    channel = client.channel(topic, {"config": config})
    channel.on_broadcast("frames", lambda said: tell("heard", topic, event=said["event"], payload=said["payload"]))
    await channel.subscribe(lambda status, error: tell(status, topic, reason=str(error or "")))
    return channel


asyncio.run(main())
