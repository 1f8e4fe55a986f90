"""The one event of these tests: the log and the stream know nothing of what an event says."""

from typing import Any

from realtime.events import Event


class Happened(Event):
    """Says what it is told to."""

    type = "thing.happened"

    def __init__(self, **said: Any) -> None:
        self.said = said

    def payload(self) -> dict[str, Any]:
        return self.said
