"""Phoenix's two protocols: 1.0.0 is JSON objects, 2.0.0 arrays and binary frames (lib/realtime_web/socket)."""

import json
import struct
from dataclasses import dataclass
from typing import Any

PREFIX = "realtime:"
VERSIONS = ("1.0.0", "2.0.0")

_PUSHED, _BROADCAST = 3, 4  # the kinds of binary frames: a client's broadcast, and one that it hears


class Unreadable(Exception):
    """No message of this protocol."""


@dataclass(frozen=True)
class Frame:
    """One message, whichever protocol carries it."""

    topic: str
    event: str
    payload: Any
    ref: str | None = None
    join_ref: str | None = None

    @property
    def said(self) -> dict[str, Any]:
        """Return the payload, if it is an object."""
        return object_in(self.payload)

    @property
    def config(self) -> dict[str, Any]:
        """Return what a join asks for."""
        return object_in(self.said.get("config"))


@dataclass(frozen=True)
class Broadcast:
    """What is said in a topic, which is named without its prefix. One that is `raw` is a binary frame in 2.0.0."""

    topic: str
    event: str
    payload: Any
    private: bool
    raw: bool = False


def decode(version: str, message: str | bytes) -> Frame:
    """Read a client's message. Raises Unreadable."""
    try:
        if isinstance(message, bytes):
            return _pushed(message)
        document = json.loads(message)
        if version == "1.0.0":
            names = ("topic", "event", "payload", "ref", "join_ref")
            topic, event, payload, ref, join_ref = (document.get(name) for name in names)
        else:
            join_ref, ref, topic, event, payload = document[:5]
    except (ValueError, TypeError, AttributeError, struct.error) as error:
        raise Unreadable(str(error)) from None
    if not (isinstance(topic, str) and isinstance(event, str)):
        raise Unreadable("no topic or no event")
    return Frame(topic, event, payload, ref, join_ref)


def encode(version: str, frame: Frame) -> str:
    """Write a message to a client; 1.0.0 has no place for the reference of the join."""
    if version == "1.0.0":
        return _json({"topic": frame.topic, "event": frame.event, "payload": frame.payload, "ref": frame.ref})
    return _json([frame.join_ref, frame.ref, frame.topic, frame.event, frame.payload])


def encode_broadcast(version: str, broadcast: Broadcast) -> str | bytes | None:
    """Write a broadcast to a client; None where the protocol has no place for it, which is bytes in 1.0.0."""
    topic, binary = PREFIX + broadcast.topic, isinstance(broadcast.payload, bytes)
    if version == "2.0.0" and broadcast.raw:
        names = topic.encode(), broadcast.event.encode()
        payload = broadcast.payload if binary else _json(broadcast.payload).encode()
        head = struct.pack("!5B", _BROADCAST, *map(len, names), 0, 0 if binary else 1)
        return b"".join([head, *names, payload])
    if binary:
        return None
    payload = {"type": "broadcast", "event": broadcast.event, "payload": broadcast.payload}
    return encode(version, Frame(topic, "broadcast", payload))


def _pushed(message: bytes) -> Frame:
    kind, *sizes, encoding = struct.unpack_from("!7B", message)
    if kind != _PUSHED:
        raise Unreadable(f"a frame of kind {kind}")
    parts: list[str] = []
    at = 7
    for size in sizes:
        parts.append(message[at : at + size].decode())
        at += size
    join_ref, ref, topic, event, _ = parts
    payload: Any = json.loads(message[at:]) if encoding else message[at:]
    said = {"type": "broadcast", "event": event, "payload": payload, "raw": True}
    return Frame(topic, "broadcast", said, ref, join_ref)


def object_in(value: object) -> dict[str, Any]:
    """Return an object, empty in place of anything else."""
    return value if isinstance(value, dict) else {}


def _json(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
