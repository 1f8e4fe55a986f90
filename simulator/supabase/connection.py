"""The WebSocket endpoint: the handshake, and one client from there on (lib/realtime_web/channels/user_socket.ex)."""

import asyncio
from contextlib import suppress

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from simulator.faults import FaultedCall
from simulator.supabase import wire
from simulator.supabase.channel import Channel, reply
from simulator.supabase.hub import API
from simulator.supabase.joining import JoinRefused, JoinUnanswered, join
from simulator.supabase.project import Project
from simulator.supabase.tokens import TokenRefused
from simulator.supabase.wire import Broadcast, Frame


async def websocket(socket: WebSocket) -> None:
    """GET /realtime/v1/websocket: let a client in, or say with a status why not."""
    project: Project = socket.app.state.supabase
    version, api_key = socket.query_params.get("vsn", "1.0.0"), socket.query_params.get("apikey", "")
    fault = project.faults.take(FaultedCall("handshake", api=API))
    try:
        if fault:
            await project.faults.wait(fault)
        if fault and fault.status:
            raise HandshakeRefused(fault.status, fault.message or "Error connecting to Realtime")
        token, _ = project.caller(api_key)
        if version not in wire.VERSIONS:
            raise HandshakeRefused(403, f"Protocol version {version} is not supported")
        if project.connected() >= project.settings.clients:
            raise HandshakeRefused(429, "Too many connected users")
        if project.joins.average() >= project.settings.joins_per_second:
            raise HandshakeRefused(429, "Too many joins per second")
    except (HandshakeRefused, TokenRefused) as refused:
        await asyncio.sleep(project.settings.refusal_seconds)
        status = refused.status if isinstance(refused, HandshakeRefused) else 401
        await socket.send_denial_response(JSONResponse({"error": str(refused)}, status))
        return
    await socket.accept()
    await Connection(project, socket, version, token).serve()


class HandshakeRefused(Exception):
    """No WebSocket, but an answer with this status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Connection:
    """One client. `joined` is true from its first channel on."""

    def __init__(self, project: Project, socket: WebSocket, version: str, token: str) -> None:
        self.token = token
        self.joined = False
        self._project, self._socket, self._version = project, socket, version
        self._channels: dict[str, Channel] = {}
        self._outgoing: asyncio.Queue[str | bytes | None] = asyncio.Queue()  # None: close
        self._reading: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Read and write until one of both ends."""
        self._project.clients.add(self)
        self._reading = asyncio.create_task(self._read())
        writing = asyncio.create_task(self._write())
        try:
            await asyncio.wait({self._reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (self._reading, writing):
                task.cancel()
            await asyncio.gather(self._reading, writing, return_exceptions=True)
            for channel in list(self._channels.values()):
                channel.drop()
            self._project.clients.discard(self)

    def push(self, frame: Frame) -> None:
        """Send a message."""
        self._outgoing.put_nowait(wire.encode(self._version, frame))

    def push_broadcast(self, broadcast: Broadcast) -> None:
        """Send a broadcast, if the client's protocol has a place for it."""
        if message := wire.encode_broadcast(self._version, broadcast):
            self._outgoing.put_nowait(message)

    def forget(self, channel: Channel) -> None:
        """Have it no longer among the channels."""
        if self._channels.get(channel.joined_as) is channel:
            del self._channels[channel.joined_as]

    def kill(self) -> None:
        """Break the connection, without a close frame: an endpoint that returns is cut off by uvicorn."""
        if self._reading is not None:
            self._reading.cancel()

    def shut(self, topic: str, message: str) -> int:
        """End the channels of the topic, of all if it is empty; returns how many."""
        channels = [channel for channel in self._channels.values() if topic in ("", channel.topic)]
        for channel in channels:
            channel.shut(message)
        return len(channels)

    async def _write(self) -> None:
        with suppress(WebSocketDisconnect):
            while (message := await self._outgoing.get()) is not None:
                if isinstance(message, bytes):
                    await self._socket.send_bytes(message)
                else:
                    await self._socket.send_text(message)
            await self._socket.close(1000)

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._project.settings.idle_seconds):  # wait_for may swallow a cancel
                    message = await self._socket.receive()
            except TimeoutError:
                self._outgoing.put_nowait(None)
                await asyncio.Event().wait()
            if message["type"] == "websocket.disconnect":
                return
            with suppress(wire.Unreadable):  # the server logs it
                await self._take(wire.decode(self._version, message.get("text") or message.get("bytes") or ""))

    async def _take(self, frame: Frame) -> None:
        if frame.topic == "phoenix":
            fault = self._project.faults.take(FaultedCall("heartbeat", api=API))
            if fault is None or not fault.drop:
                self.push(reply(frame))
        elif frame.event == "phx_join" and frame.topic.startswith(wire.PREFIX):
            await self._join(frame)
        elif channel := self._channels.get(frame.topic):
            channel.take(frame)
        elif frame.event == "phx_leave":
            self.push(reply(frame))
        else:
            self.push(reply(frame, "error", {"reason": "unmatched topic"}))

    async def _join(self, frame: Frame) -> None:
        """Join; the whole socket waits for the answer to a refused one, as at the server."""
        if former := self._channels.get(frame.topic):
            former.end()
        try:
            channel = await join(self._project, self, frame, self.joined, len(self._channels))
        except JoinRefused as refused:
            await asyncio.sleep(self._project.settings.error_seconds)
            self.push(reply(frame, "error", {"reason": str(refused)}))
            if refused.disconnects:
                self._outgoing.put_nowait(None)
        except JoinUnanswered:
            return
        else:
            self.joined = True
            self._channels[frame.topic] = channel
            self.push(reply(frame, "ok", {"postgres_changes": []}))
