"""The bytes of the stream: framing and cursors. Pure. Specification: WHATWG HTML, 9.2 Server-sent events."""

import json
import random
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs

_WAIT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_CURSOR = re.compile(r"([a-z0-9]{1,16})-(0|[1-9][0-9]{0,18})", re.ASCII)

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would hold the frames back
    (b"vary", b"Cookie"),
    (b"x-content-type-options", b"nosniff"),
]


class Cursor(NamedTuple):
    """A position in one user's events: everything up to `seq` of `epoch` has been seen."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"


class Parts(NamedTuple):
    """The three values of a frame, encoded."""

    id: bytes
    event: bytes
    payload: bytes


class BadCursor(ValueError):
    """The text is not a cursor of ours."""


def parse_cursor(text: str) -> Cursor:
    """Read `<epoch>-<seq>`. Raises BadCursor."""
    match = _CURSOR.fullmatch(text)
    if match is None or int(match[2]) >= 2**63:
        raise BadCursor("not a cursor")
    return Cursor(match[1], int(match[2]))


def requested_cursor(headers: list[tuple[bytes, bytes]], query_string: bytes) -> str | None:
    """Return the cursor's text as the client sent it: the header first, then either query name; None without one."""
    for name, value in headers:
        if name.lower() == b"last-event-id" and value.strip():
            return value.decode("latin-1").strip()
    query = parse_qs(query_string.decode("latin-1"), keep_blank_values=False)
    for key in ("lastEventId", "last_event_id"):
        if key in query:
            return query[key][-1]
    return None


def asks_for_late(query_string: bytes) -> bool:
    """Tell whether the client asked for `late` frames (`?late=1`); nobody gets a frame that they did not ask for."""
    return parse_qs(query_string.decode("latin-1")).get("late") == ["1"]


def asked_wait(query_string: bytes) -> float:
    """Return the seconds of `?wait=`; 0 without it, and for what is not a number."""
    asked = parse_qs(query_string.decode("latin-1")).get("wait", ["0"])[-1]
    return float(asked) if _WAIT.fullmatch(asked) else 0.0


def encode_payload(payload: dict[str, Any]) -> str:
    """Encode as JSON on one line, ASCII only: no line break known to Unicode can end the `data:` line early."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def frame(event: str, cursor: Cursor, encoded: str) -> bytes:
    """Write one event as bytes. `encoded` is the outcome of encode_payload."""
    return f"id: {cursor}\nevent: {event}\ndata: {encoded}\n\n".encode("ascii")


def parts(frame: bytes) -> Parts:
    """Take apart a frame, with or without the empty line at its end, that frame() has written."""
    id_, event, payload = frame.strip().split(b"\n")
    return Parts(id_.removeprefix(b"id: "), event.removeprefix(b"event: "), payload.removeprefix(b"data: "))


def control(event: str, cursor: Cursor, payload: dict[str, Any]) -> bytes:
    """Write a frame outside the numbering (`ready`, `hb`, `reset`, `bye`, `status`, `late`): it repeats a cursor."""
    return frame(event, cursor, encode_payload(payload) if payload else "{}")  # a beat says nothing


def opening() -> bytes:
    """Write the first bytes: some proxies hold the headers back until a body byte has come."""
    return b":ok\n" + retry(3000, 5000)


def retry(lowest_ms: float, highest_ms: float) -> bytes:
    """Tell the client how long to wait before it comes back: jittered, so that clients do not return as one."""
    return f"retry: {random.randint(int(lowest_ms), int(highest_ms))}\n\n".encode("ascii")
