"""Turn a message's metadata, as Gmail sends it, into a row of the mirror, and a label into its counts. Pure.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users.messages#Message
"""

import html
from dataclasses import dataclass
from typing import Any, NamedTuple

from gmail_sync.gmail import values
from gmail_sync.mail.addresses import first_mailbox, list_mailboxes, parse_mailboxes
from gmail_sync.mail.header_text import decode, shortened, storable
from gmail_sync.states import TroubleKind

# Characters of what a stranger chose (RULES R20): a line of a mail has 998, Gmail's snippets some 200.
LONGEST_SUBJECT = 1_000
LONGEST_SNIPPET = 500
LONGEST_RAW_SNIPPET = 8 * LONGEST_SNIPPET  # with its HTML escapes; html.unescape refuses one of 4,300 digits
SMALLEST, LARGEST = -(2**63), 2**63 - 1  # the columns are signed 64-bit integers


@dataclass(frozen=True)
class Headers:
    """The values of one row of the mirror, without its account. `internal_date` is in milliseconds since 1970.

    `sender` and `recipients` are the headers' texts as RFC 5322 has them, decoded; the name and the address are the
    sender's apart, since nothing parses them again.
    """

    gmail_id: str
    thread_id: str
    label_ids: frozenset[str]
    history_id: int
    sender: str
    sender_name: str
    sender_address: str
    recipients: str
    subject: str
    snippet: str
    internal_date: int


@dataclass(frozen=True)
class Trouble:
    """The reason why a message could not be fetched or read."""

    reason: str
    kind: TroubleKind

    @property
    def gone(self) -> bool:
        """Tell whether Gmail says that there is no such message (404)."""
        return self.kind == TroubleKind.MISSING


class Counts(NamedTuple):
    """Gmail's own count of the inbox's messages."""

    unread: int
    total: int


Fetched = dict[str, Headers | Trouble]
GONE = Trouble("messages.get answers 404 to a message that was listed", TroubleKind.MISSING)


def parse_counts(label: dict[str, Any]) -> Counts:
    """Read labels.get. Raises as `parse_headers` does; Gmail may leave out a number that is 0."""
    return Counts(values.count(label.get("messagesUnread", 0)), values.count(label.get("messagesTotal", 0)))


def parse_headers(message: dict[str, Any]) -> Headers:
    """Read messages.get with format=metadata. Raises where Gmail's promise is broken: LookupError, ValueError,
    TypeError or AttributeError; what a sender wrote never does."""
    headers: dict[str, str] = {}
    for header in message.get("payload", {}).get("headers", []):
        headers.setdefault(header["name"].lower(), header.get("value", ""))
    sender = first_mailbox(headers.get("from", ""))
    return Headers(
        gmail_id=values.message_id(message["id"]),
        thread_id=values.usable_id(message.get("threadId")),  # without one it is its own
        label_ids=frozenset(storable(label_id) for label_id in message.get("labelIds", [])),
        history_id=values.history_id(message.get("historyId", 0)),
        sender=str(sender),
        sender_name=sender.name or sender.group,
        sender_address=sender.address,
        recipients=list_mailboxes(parse_mailboxes(headers.get("to", ""))),
        subject=shortened(decode(headers.get("subject", "")), LONGEST_SUBJECT),
        snippet=_snippet(message.get("snippet", "")),
        internal_date=_date(message.get("internalDate", 0)),
    )


def _date(value: object) -> int:
    """Milliseconds as far as the column goes: no mail is lost for a date. Raises ValueError for what is no number."""
    digits = str(value)[:40]  # of more, Python refuses to make a number
    return min(max(int(digits), SMALLEST), LARGEST)


def _snippet(escaped: str) -> str:
    return shortened(storable(html.unescape(escaped[:LONGEST_RAW_SNIPPET])), LONGEST_SNIPPET)
