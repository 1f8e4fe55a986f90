"""One mail: what was written, and what the mailbox knows about it."""

import html
from dataclasses import asdict, dataclass, field

from simulator.state import Document

SNIPPET_LENGTH = 200  # Gmail cuts at about 200 characters, before it escapes


@dataclass(frozen=True)
class Content:
    """A mail as it was written; header values are raw, as they stand in the mail (RFC 2047 words included)."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str = ""
    raw: str = ""  # the whole mail, an octet a character, if it came as one (parts.py)

    def header(self, name: str) -> str:
        """Return the first header of that name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def snippet(self) -> str:
        """Return the start of the text in one line, HTML-escaped as Gmail does."""
        line = " ".join(self.text[: SNIPPET_LENGTH * 4].split())
        if len(line) > SNIPPET_LENGTH:
            line = line[:SNIPPET_LENGTH].rsplit(" ", 1)[0]
        return html.escape(line).replace("&#x27;", "&#39;")

    def size(self) -> int:
        """Return the estimate of the whole mail in bytes."""
        if self.raw:
            return len(self.raw)
        return sum(len(n) + len(v) + 4 for n, v in self.headers) + len(self.text) + len(self.html)


@dataclass
class Message:
    """A mail in a mailbox. internal_date is in milliseconds; number counts the mailbox's messages."""

    id: str
    thread_id: str
    number: int
    internal_date: int
    history_id: int
    content: Content
    snippet: str
    label_ids: list[str] = field(default_factory=list)

    @property
    def order(self) -> tuple[int, int]:
        """The key of listings: newest first means descending."""
        return self.internal_date, self.number

    def document(self) -> Document:
        """Return what changes, for the state file; the content is written once and apart."""
        return {
            "id": self.id,
            "thread_id": self.thread_id,
            "number": self.number,
            "internal_date": self.internal_date,
            "history_id": self.history_id,
            "snippet": self.snippet,
            "label_ids": self.label_ids,
        }


def content_document(content: Content) -> Document:
    """Return a content for the state file."""
    return asdict(content)


def load_content(document: Document) -> Content:
    """Return a content from the state file."""
    headers = tuple((name, value) for name, value in document["headers"])
    return Content(headers, document["text"], document["html"], document.get("raw", ""))
