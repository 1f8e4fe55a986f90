"""The documents of one mailbox in the state file: keys are the address and what orders them."""

from collections.abc import Iterable, Iterator

from simulator.mailbox.history import Record, load_record
from simulator.mailbox.message import Message, content_document, load_content
from simulator.state import Document, State

_KINDS = ("content", "message", "record")


class MailboxStore:
    """The documents of one mailbox in the state file."""

    def __init__(self, state: State, email: str) -> None:
        self._state = state
        self._email = email

    def header(self) -> Document:
        """Return the mailbox's own document. KeyError if it was never saved."""
        return dict(self._state.load("mailbox", self._email))[self._email]

    def save_header(self, document: Document) -> None:
        """Write the mailbox's own document."""
        self._state.put("mailbox", self._email, document)

    def messages(self) -> Iterator[Message]:
        """Return every message with its content."""
        contents = dict(self._state.load("content", self._prefix))
        for key, document in self._state.load("message", self._prefix):
            yield Message(**document, content=load_content(contents[key]))

    def save_message(self, message: Message) -> None:
        """Write what changes of a message."""
        self._state.put("message", self._prefix + message.id, message.document())

    def save_content(self, message: Message) -> None:
        """Write a message's content, once."""
        self._state.put("content", self._prefix + message.id, content_document(message.content))

    def delete_message(self, message: Message) -> None:
        """Forget a message and its content."""
        self._state.delete("message", self._prefix + message.id)
        self._state.delete("content", self._prefix + message.id)

    def records(self) -> Iterator[Record]:
        """Return the kept history, oldest first."""
        for _, document in self._state.load("record", self._prefix):
            yield load_record(document)

    def save_record(self, record: Record) -> None:
        """Write a history record."""
        self._state.put("record", self._key(record), record.document())

    def delete_records(self, records: Iterable[Record]) -> None:
        """Forget history records."""
        for record in records:
            self._state.delete("record", self._key(record))

    def delete_all(self) -> None:
        """Forget the whole mailbox."""
        for kind in _KINDS:
            self._state.delete_under(kind, self._prefix)
        self._state.delete("mailbox", self._email)

    @property
    def _prefix(self) -> str:
        return f"{self._email}/"

    def _key(self, record: Record) -> str:
        return f"{self._prefix}{record.id:020d}"  # padded, so that the order of keys is that of ids
