"""What the test's stream server answers to those who ask for their events."""

import asyncio
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.stream_server import StreamServer

PAGE = 2


async def answer(server: "StreamServer", query: dict[str, list[str]], reader: asyncio.StreamReader) -> bytes:
    """Wait for the first event after the cursor, as long as was asked; then answer a page of events."""
    asked = query.get("lastEventId", [server.id(len(server.log))])[-1]
    server.asks.append(asked)
    epoch, _, seq = asked.partition("-")
    left = float(query["wait"][-1])
    while server.ask_status == 200 and len(server.log) <= int(seq) and left > 0 and not reader.at_eof():
        await asyncio.sleep(0.01)
        left -= 0.01
    if server.ask_status != 200:
        return f"HTTP/1.1 {server.ask_status} So it is\r\nRetry-After: 1\r\nConnection: close\r\n\r\n".encode()
    log = enumerate(server.log[int(seq) : int(seq) + PAGE], int(seq) + 1)
    events = [{"id": server.id(number), "type": type_, "data": json.loads(text)} for number, (type_, text) in log]
    found = {"events": events, "cursor": events[-1]["id"] if events else asked, "reset": None, "late": None}
    if epoch != server.epoch:
        found |= {"events": [], "cursor": server.id(len(server.log)), "reset": "epoch"}
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + json.dumps(found).encode()
    )
