"""The events that the log carries and the stream delivers. Each app defines its own."""

from collections.abc import Iterator
from typing import Any, ClassVar


class Event:
    """An event without its number, which the log gives. A subclass with a `type` is one kind of event."""

    type: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """Return the event's content, JSON-ready. The log adds `at`, the time of the commit."""
        raise NotImplementedError


def event_types() -> list[str]:
    """List every type that this installation's apps define, in the order of their definition."""
    return [kind.type for kind in _kinds(Event)]


def _kinds(base: type[Event]) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        if "type" in vars(kind):
            yield kind
        yield from _kinds(kind)
