"""What the log carries and the stream delivers. Each app defines its own events."""

from collections.abc import Iterator
from typing import Any, ClassVar


class Event:
    """What happened, without its number: the log gives that. A subclass with a `type` is one kind of event."""

    type: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """What the event says, JSON-ready. The log adds `at`, the time of the commit."""
        raise NotImplementedError


def event_types() -> list[str]:
    """Every type that this installation's apps define, in the order of their definition."""
    return [kind.type for kind in _kinds(Event)]


def _kinds(base: type[Event]) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        if "type" in vars(kind):
            yield kind
        yield from _kinds(kind)
