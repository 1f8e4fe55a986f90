"""A strict client: the parser of WHATWG HTML, 9.2.6, which also says when the bytes are not what a stream may hold."""

import json
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dispatched:
    """What an EventSource hands to its page."""

    id: str
    event: str
    data: str

    @property
    def payload(self) -> Any:
        """The data as the page reads it."""
        return json.loads(self.data)

    @property
    def seq(self) -> int:
        """The number in the id."""
        return int(self.id.rpartition("-")[2])


def parse(stream: bytes) -> list[Dispatched]:
    """Every event of the bytes, which must be whole blocks of ASCII lines that end in LF."""
    assert not set(stream) - set(b"\n") - set(range(32, 128)), "only ASCII, no control character but LF"
    assert stream.endswith(b"\n\n") or not stream, "ends within a block"
    found: list[Dispatched] = []
    last_id = event = ""
    data: list[str] = []
    for line in stream.decode("ascii").split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append(Dispatched(last_id, event or "message", "\n".join(data)))
            event, data = "", []
        elif name == "id":
            last_id = value
        elif name == "event":
            event = value
        elif name == "data":
            data.append(value)
        else:
            assert name in ("", "retry"), f"an unknown field: {line!r}"
            assert name == "" or re.fullmatch("[0-9]+", value), f"a client would ignore this retry: {line!r}"
    return found
