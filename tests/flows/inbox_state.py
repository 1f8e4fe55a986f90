"""What a page knows: the list that it was given, and the events that it applied to it."""

from typing import Any

from tests.live_stream import Frame


class InboxState:
    """Messages by id with their labels, as the events leave them; numbers must follow on."""

    def __init__(self, cursor: str, messages: list[dict[str, Any]]) -> None:
        self.epoch, _, seq = cursor.rpartition("-")
        self.seq = int(seq)
        self.labels = {message["id"]: set(message["label_ids"]) for message in messages}

    @property
    def cursor(self) -> str:
        """The last event that was applied."""
        return f"{self.epoch}-{self.seq}"

    def apply(self, frames: list[Frame]) -> None:
        """Apply what is new, once, as a client does. Fails on a hole or on another epoch."""
        for frame in frames:
            assert frame.id.startswith(f"{self.epoch}-"), frame
            if frame.seq <= self.seq:
                continue
            assert frame.seq == self.seq + 1, f"a hole before {frame.id}"
            self.seq = frame.seq
            self._apply(frame.event, frame.data.get("message", {}))

    def _apply(self, event: str, message: dict[str, Any]) -> None:
        if event in ("message.added", "message.changed"):
            self.labels[message["id"]] = set(message["label_ids"])
        elif event == "message.deleted":
            del self.labels[message["id"]]
