"""Phoenix's WebSocket, 1.0.0 and 2.0.0, with nothing mended or hidden: every message is kept as it came."""

import json
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Self
from urllib.parse import urlencode

from websockets.sync.client import connect

SECONDS = 15.0  # a refused join is answered after five


class Silence(AssertionError):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Message:
    """One message, whichever protocol carried it; `binary` says that it was a frame of bytes."""

    topic: str
    event: str
    payload: Any
    ref: str | None
    binary: bool = False


class Socket:
    """One connection. `received` is all that came."""

    def __init__(self, url: str, key: str, version: str = "1.0.0") -> None:
        self.received: list[Message] = []
        self._version, self._refs = version, count(1)
        self._joins: dict[str, str] = {}
        query = urlencode({"apikey": key, "vsn": version})
        self._socket = connect(f"{url}?{query}", compression=None, open_timeout=SECONDS, ping_interval=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def push(self, topic: str, event: str, payload: Any) -> str:
        """Send a message; returns its reference."""
        ref = str(next(self._refs))
        if event == "phx_join":
            self._joins[topic] = ref
        join_ref = self._joins.get(topic)
        if self._version == "1.0.0":
            message: Any = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
        else:
            message = [join_ref, ref, topic, event, payload]
        self._socket.send(json.dumps(message))
        return ref

    def ask(self, topic: str, event: str, payload: Any) -> Any:
        """Send a message; returns the payload of its answer."""
        ref = self.push(topic, event, payload)
        return self.wait_for(lambda message: message.event == "phx_reply" and message.ref == ref).payload

    def join(self, topic: str, token: str = "", private: bool = True, ack: bool = False, echo: bool = False) -> str:
        """Join a topic, named without its prefix; returns "ok" or the reason why not."""
        config: dict[str, Any] = {"private": private, "broadcast": {"ack": ack, "self": echo}}
        config |= {"presence": {"enabled": False, "key": ""}, "postgres_changes": []}
        payload = {"config": config, **({"access_token": token} if token else {})}
        answer = self.ask(f"realtime:{topic}", "phx_join", payload)
        return "ok" if answer["status"] == "ok" else str(answer["response"].get("reason"))

    def hear(self, topic: str, seconds: float = SECONDS) -> Any:
        """Return what is said next in a topic: the payload of the broadcast."""
        return self.next_broadcast(topic, seconds).payload["payload"]

    def next_broadcast(self, topic: str, seconds: float = SECONDS) -> Message:
        """Return the next broadcast in a topic."""
        wanted = ("broadcast", f"realtime:{topic}")
        return self.wait_for(lambda message: (message.event, message.topic) == wanted, seconds)

    def wait_for(self, condition: Callable[[Message], bool], seconds: float = SECONDS) -> Message:
        """Read up to the next message that is wanted."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            message = self.receive(left)
            if message is not None and condition(message):
                return message
        raise Silence(f"{seconds:g} s went by; the last that came: {self.received[-3:]}")

    def receive(self, seconds: float) -> Message | None:
        """Return the next message; None when none came in time. Raises ConnectionClosed."""
        try:
            text = self._socket.recv(timeout=seconds)
        except TimeoutError:
            return None
        self.received.append(decode(self._version, text))
        return self.received[-1]


def decode(version: str, message: str | bytes) -> Message:
    """Read a server's message."""
    if isinstance(message, bytes):
        kind, topic, event, meta, encoding = struct.unpack_from("!5B", message)
        assert kind == 4, f"a binary frame of kind {kind}"
        names, payload = message[5 : 5 + topic + event], message[5 + topic + event + meta :]
        said = {
            "type": "broadcast",
            "event": names[topic:].decode(),
            "payload": json.loads(payload) if encoding else payload,
        }
        return Message(names[:topic].decode(), "broadcast", said, None, binary=True)
    document = json.loads(message)
    if version == "1.0.0":
        return Message(document["topic"], document["event"], document["payload"], document["ref"])
    _, ref, name, happened, content = document
    return Message(name, happened, content, ref)
