"""A message's metadata as Gmail sends it, made into what the mirror stores. Pure.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users.messages#Message
"""

import html
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Any

from gmail_sync.states import TroubleKind

# PostgreSQL stores neither, and no event may carry them (RULES R16).
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**63 - 1  # the columns are signed 64-bit integers


@dataclass(frozen=True)
class Headers:
    """What one row of the mirror holds, beside its account. `internal_date` is in milliseconds since 1970."""

    gmail_id: str
    thread_id: str
    label_ids: frozenset[str]
    history_id: int
    sender: str
    recipients: str
    subject: str
    snippet: str
    internal_date: int


@dataclass(frozen=True)
class Trouble:
    """Why a message could not be had."""

    reason: str
    kind: TroubleKind

    @property
    def gone(self) -> bool:
        """Whether Gmail says that there is no such message (404)."""
        return self.kind == TroubleKind.MISSING


Fetched = dict[str, Headers | Trouble]
GONE = Trouble("messages.get answers 404 to a message that was listed", TroubleKind.MISSING)


def parse_headers(message: dict[str, Any]) -> Headers:
    """Read messages.get with format=metadata. Raises where Gmail's promise is broken: LookupError, ValueError,
    TypeError or AttributeError."""
    headers: dict[str, str] = {}
    for header in message.get("payload", {}).get("headers", []):
        headers.setdefault(header["name"].lower(), header.get("value", ""))
    return Headers(
        gmail_id=message["id"],
        thread_id=message.get("threadId", ""),
        label_ids=frozenset(storable(label_id) for label_id in message.get("labelIds", [])),
        history_id=_integer(message.get("historyId", 0)),
        sender=decode(headers.get("from", "")),
        recipients=decode(headers.get("to", "")),
        subject=decode(headers.get("subject", "")),
        snippet=storable(html.unescape(message.get("snippet", ""))),
        internal_date=_integer(message.get("internalDate", 0)),
    )


def _integer(value: str | int) -> int:
    number = int(value)
    if abs(number) > _LARGEST:
        raise ValueError("more than 64 bits")
    return number


def decode(value: str) -> str:
    """RFC 2047 words to text; what cannot be decoded becomes U+FFFD."""
    if "=?" not in value:
        return storable(value)
    try:
        parts = decode_header(value)
    except HeaderParseError:
        return storable(value)
    return storable("".join(_text(part, charset) for part, charset in parts))


def _text(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    # Between encoded words, email.header hands the text out in Python's own escape encoding.
    try:
        return part.decode(charset or "raw-unicode-escape", "replace")
    except (LookupError, ValueError):  # the sender names the charset, and may name a codec that only raises
        return part.decode("utf-8", "replace")


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, on one line."""
    return " ".join(_UNSTORABLE.sub("\ufffd", text).split())
