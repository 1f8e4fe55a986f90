"""The stream's bytes, judged to the letter of the contract, and as an EventSource reads them. Pure: no network."""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from tests.conformance.shapes import CONTROL_EVENTS, mismatch

_ID = re.compile(r"([a-z0-9]+)-(0|[1-9][0-9]*)", re.ASCII)
_FRAME = re.compile(r"id: ([^\n]+)\nevent: ([^\n]+)\ndata: ([^\n]+)", re.ASCII)
_FORBIDDEN = re.compile(rb"[^\n -~]")
_WHY = {
    0: "a NUL, which makes a client ignore the id",
    9: "a TAB, which JSON escapes",
    13: "a CR: lines end in LF only",
    0xEF: "perhaps a byte order mark; the stream has none, and is ASCII only",
}


class Violation(AssertionError):
    """The server broke a promise; the text says which one and where."""


@dataclass(frozen=True)
class Frame:
    """One event as it came."""

    id: str
    event: str
    data: dict[str, Any]
    raw: bytes

    @property
    def seq(self) -> int:
        """The number in the id."""
        return int(self.id.rpartition("-")[2])

    @property
    def is_mail(self) -> bool:
        """Tell whether it takes a number."""
        return self.event not in CONTROL_EVENTS


class Judge:
    """Reads one response's body, fed in any pieces. `asked` is the cursor that was sent, None without one.
    Raises Violation at the first byte that breaks a promise."""

    def __init__(self, asked: str | None = None) -> None:
        self.asked = asked
        self.frames: list[Frame] = []
        self.retries: list[int] = []
        self._at: str | None = None  # the last delivered id
        self._rest = b""
        self._offset = 0
        self._opened = False

    @property
    def mail(self) -> list[Frame]:
        """The numbered frames."""
        return [frame for frame in self.frames if frame.is_mail]

    def feed(self, received: bytes) -> None:
        """Judge the next bytes."""
        if bad := _FORBIDDEN.search(received):
            byte = received[bad.start()]
            why = _WHY.get(byte, "the stream is printable ASCII and LF; JSON escapes all else")
            self._fail(f"byte 0x{byte:02x} at {self._offset + bad.start()}: {why}")
        self._offset += len(received)
        *blocks, self._rest = (self._rest + received).split(b"\n\n")
        for block in blocks:
            self._take(block)

    def end(self) -> None:
        """Note that the server has closed, which it must not do within a frame."""
        if self._rest:
            self._fail(f"the body ended within a frame: {self._rest!r}")

    def _fail(self, what: str) -> NoReturn:
        last = f" (after {self.frames[-1].event} {self.frames[-1].id})" if self.frames else ""
        raise Violation(what + last)

    def _take(self, block: bytes) -> None:
        if not self._opened:
            self._opened = True
            if not re.fullmatch(rb":ok\nretry: [0-9]+", block):
                self._fail(f"the stream must begin with ':ok', 'retry: <digits>' and an empty line, not {block!r}")
        text = "\n".join(line for line in block.decode("ascii").split("\n") if not line.startswith(":"))
        if match := re.fullmatch(r"retry: ([0-9]+)", text, re.ASCII):
            self.retries.append(int(match[1]))
        elif match := _FRAME.fullmatch(text):
            self._judge(Frame(match[1], match[2], self._json(match[3]), block))
        elif text:
            self._fail(f"a frame is 'id: ', 'event: ' and 'data: ', one line each, in this order, not {block!r}")

    def _json(self, text: str) -> dict[str, Any]:
        try:
            found = json.loads(text, parse_constant=lambda name: self._fail(f"{name} is not JSON"))
        except ValueError:
            self._fail(f"the data is not JSON on one line: {text!r}")
        if not isinstance(found, dict):
            self._fail(f"the data is not a JSON object: {text!r}")
        return found

    def _judge(self, frame: Frame) -> None:
        match = _ID.fullmatch(frame.id)
        before = self.frames[-1] if self.frames else None
        if match is None:
            self._fail(f"an id is '<epoch>-<seq>' with an epoch of [a-z0-9], not {frame.id!r}")
        if before and before.event == "bye":
            self._fail(f"{frame.event} {frame.id} came after bye, which is the last frame")
        if before is None and frame.event not in ("ready", "reset", "bye"):
            self._fail(f"the first frame is ready, or reset (then ready), not {frame.event}")
        if before and before.event == "reset" and len(self.frames) == 1 and frame.event != "ready":
            self._fail(f"after the reset that opens a stream comes ready, not {frame.event}")
        if fault := mismatch(frame.data, CONTROL_EVENTS.get(frame.event, {}), frame.event):
            self._fail(fault)
        if frame.event == "ready":
            self._judge_ready(frame, before)
        elif frame.is_mail:
            self._judge_number(frame)
        elif frame.event != "reset":  # which alone may carry a new head
            expected = self._at or (self.asked if self.asked and _ID.fullmatch(self.asked) else frame.id)
            if frame.id != expected:
                self._fail(f"{frame.event} must repeat the last delivered id {expected}, not carry {frame.id}")
        self._at = frame.id
        self.frames.append(frame)

    def _judge_ready(self, frame: Frame, before: Frame | None) -> None:
        if before and before.event != "reset":
            self._fail(f"a second ready, or one after {before.event}")
        expected = before.id if before else self.asked
        if expected is not None and frame.id != expected:
            self._fail(f"ready must carry the id {expected!r}, not {frame.id}: it was asked for, or reset to")
        if frame.data["cursor"] != frame.id:
            self._fail(f"the cursor in ready is {frame.data['cursor']!r}, its id is {frame.id}")
        if frame.data["resumed"] != (before is None and self.asked is not None):
            self._fail("resumed in ready is true when the asked cursor is continued, and false otherwise")

    def _judge_number(self, frame: Frame) -> None:
        epoch, _, seq = str(self._at).rpartition("-")
        expected = f"{epoch}-{int(seq) + 1}"
        if frame.id != expected:
            self._fail(f"lost, repeated or out of order: {expected} comes next, not {frame.id}")


class EventSource:
    """The frames that a browser reads (WHATWG HTML, 9.2.6): where it would resume if the line broke here."""

    def __init__(self, last_event_id: str = "") -> None:
        self.last_event_id = last_event_id
        self.dispatched: list[tuple[str, str, str]] = []  # id, event, data
        self._id = last_event_id
        self._event, self._data = "", ""
        self._line = b""
        self._after_cr = False

    def feed(self, received: bytes) -> None:
        """Read the next bytes; an incomplete event at the end counts for nothing."""
        for byte in received:
            if byte == 10 and self._after_cr:
                self._after_cr = False
                continue
            self._after_cr = byte == 13
            if byte in (10, 13):
                self._take(self._line.decode("utf-8", "replace"))
                self._line = b""
            else:
                self._line += bytes([byte])

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            self.last_event_id = self._id
            if self._data:
                self.dispatched.append((self._id, self._event or "message", self._data.removesuffix("\n")))
            self._event = self._data = ""
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "event":
            self._event = value
        elif name == "data":
            self._data += value + "\n"
