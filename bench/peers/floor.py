"""The floor: a bare protocol on uvloop, one raw subscription to Redis, and nothing that a product needs.

`python floor.py PORT REDIS_PORT`. A stream's user is the path's last part; a message is a ready frame.
"""

import asyncio
import sys
from typing import cast

import hiredis
import uvloop

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
BEAT_SECONDS = 15.0


class Ear(asyncio.Protocol):
    """The one connection to Redis."""

    def __init__(self) -> None:
        self.streams: dict[bytes, Stream] = {}
        self._reader = hiredis.Reader()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (message := self._reader.gets()) is not False:
            if (stream := self.streams.get(message[1])) is not None:
                stream.write(b":ok\n\n" if message[0] == b"subscribe" else message[2])

    def join(self, stream: "Stream") -> None:
        self.streams[stream.channel] = stream
        self._transport.write(b"*2\r\n$9\r\nSUBSCRIBE\r\n$%d\r\n%s\r\n" % (len(stream.channel), stream.channel))

    def leave(self, stream: "Stream") -> None:
        if self.streams.pop(stream.channel, None) is not None:
            self._transport.write(b"*2\r\n$11\r\nUNSUBSCRIBE\r\n$%d\r\n%s\r\n" % (len(stream.channel), stream.channel))

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            for stream in self.streams.values():
                stream.write(b"event: hb\ndata: {}\n\n")


class Stream(asyncio.Protocol):
    """One response without an end."""

    def __init__(self, ear: Ear) -> None:
        self._ear, self.channel = ear, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.channel = b"user." + data.split(b" ", 2)[1].rpartition(b"/")[2]
        self._transport.write(HEAD)
        self._ear.join(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._ear.leave(self)

    def write(self, frame: bytes) -> None:
        self._transport.write(b"%x\r\n%s\r\n" % (len(frame), frame))


async def serve(port: int, redis_port: int) -> None:
    """Serve until it is ended."""
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_connection(Ear, "127.0.0.1", redis_port)
    server = await loop.create_server(lambda: Stream(ear), "127.0.0.1", port, backlog=4096)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ear.beat())
        tasks.create_task(server.serve_forever())


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
