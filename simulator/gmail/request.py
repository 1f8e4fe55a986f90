"""A call of Gmail apart from HTTP: as it came in, as the gate lets it through, and its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.errors import GoogleError
from simulator.faults import Fault
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.message import Message
from simulator.paging import Page, parse_page
from simulator.state import Document
from simulator.world.world import World

Query = Mapping[str, list[str]]


@dataclass(frozen=True)
class Call:
    """One call as it came in, alone or as a part of a batch (inner)."""

    verb: str
    path: str
    query: Query
    body: bytes
    authorization: str
    inner: bool = False


@dataclass(frozen=True)
class Answer:
    """The answer to a call; cut: the connection breaks in the middle of it."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True)
class Request:
    """A call that may pass: whose mailbox, under which fault."""

    world: World
    mailbox: Mailbox
    scopes: frozenset[str]
    item_id: str
    query: Query
    raw_body: bytes
    fault: Fault

    def one(self, name: str, default: str = "") -> str:
        """Return the query parameter's last value."""
        values = self.query.get(name)
        return values[-1] if values else default

    def many(self, name: str) -> list[str]:
        """Return all values of a repeated query parameter."""
        return self.query.get(name, [])

    def flag(self, name: str) -> bool:
        """Return a boolean query parameter."""
        return self.one(name).lower() == "true"

    def page(self) -> Page:
        """Return the page that is asked for."""
        return parse_page(self.one("pageToken"))

    def body(self) -> Document:
        """Return the JSON body; an empty one is an empty object."""
        try:
            document = json.loads(self.raw_body or b"{}")
        except ValueError:
            raise GoogleError(400, "parseError", "Parse Error") from None
        if not isinstance(document, dict):
            raise GoogleError(400, "parseError", "Parse Error")
        return document

    def message(self) -> Message:
        """Return the message that the path names. Raises a 404."""
        try:
            return self.mailbox.messages[self.item_id]
        except KeyError:
            raise GoogleError(404) from None
