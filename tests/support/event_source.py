"""A strict reader of the stream (WHATWG HTML, 9.2.6), which fails on whatever docs/events.md does not promise.

The conformance kit has one of its own, since it judges servers that are none of ours.
"""

import json
import re
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

_FIELD = re.compile(r"(id|event|data|retry): (.*)")


@dataclass(frozen=True)
class Frame:
    """One event as it came; `at` is in time.monotonic()."""

    id: str
    event: str
    data: str
    at: float = field(default_factory=time.monotonic, compare=False)

    @cached_property
    def payload(self) -> Any:
        """The data as the page reads it."""
        return json.loads(self.data)

    @property
    def seq(self) -> int:
        """The number in the id."""
        return int(self.id.rpartition("-")[2])


class EventSource:
    """Turns bytes into frames as they come; `retries` are the pauses that the server asked for, in milliseconds."""

    def __init__(self) -> None:
        self.retries: list[int] = []
        self._begun = b""

    def feed(self, received: bytes) -> list[Frame]:
        """Return the frames that these bytes complete."""
        *blocks, self._begun = (self._begun + received).split(b"\n\n")
        return [frame for frame in map(self._read, blocks) if frame]

    def end(self) -> None:
        """Fail if the stream ended within a block."""
        assert not self._begun, f"the stream ended within a block: {self._begun!r}"

    def _read(self, block: bytes) -> Frame | None:
        assert not set(block) - set(b"\n") - set(range(32, 128)), f"not ASCII without control characters: {block!r}"
        fields: dict[str, str] = {}
        for line in block.decode().split("\n"):
            if line.startswith(":") or not block:
                continue
            match = _FIELD.fullmatch(line)
            assert match is not None and match[1] not in fields, f"not a field: {line!r}"  # noqa: PT018
            fields[match[1]] = match[2]
        if "retry" in fields:
            retry = fields.pop("retry")
            assert re.fullmatch("[0-9]+", retry), f"a client would ignore this retry: {retry!r}"
            self.retries.append(int(retry))
        assert fields.keys() in ({"id", "event", "data"}, set()), f"not a whole frame: {block!r}"
        return Frame(fields["id"], fields["event"], fields["data"]) if fields else None


def parse(stream: bytes) -> list[Frame]:
    """Return every frame of a stream that was read to its end."""
    source = EventSource()
    frames = source.feed(stream)
    source.end()
    return frames
