"""A mailbox's history: what happened, in order, and how far back Gmail still knows it."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from simulator.state import Document

KEPT_SECONDS = 7 * 24 * 3600  # "usually a week" (users.history.list)
KEPT_RECORDS = 50_000  # bounds the memory of a mailbox that is written to all day

MESSAGES_ADDED = "messagesAdded"
MESSAGES_DELETED = "messagesDeleted"
LABELS_ADDED = "labelsAdded"
LABELS_REMOVED = "labelsRemoved"


@dataclass(frozen=True)
class Record:
    """One change of one message. label_ids are the message's after the change; at is in seconds."""

    id: int
    at: float
    message_id: str
    thread_id: str
    label_ids: tuple[str, ...]
    added: bool = False
    deleted: bool = False
    labels_added: tuple[str, ...] = ()
    labels_removed: tuple[str, ...] = ()

    def types(self) -> list[str]:
        """Which of Gmail's four lists the record fills."""
        present = {
            MESSAGES_ADDED: self.added,
            MESSAGES_DELETED: self.deleted,
            LABELS_ADDED: bool(self.labels_added),
            LABELS_REMOVED: bool(self.labels_removed),
        }
        return [name for name, there in present.items() if there]

    def document(self) -> Document:
        """For the state file."""
        return asdict(self)


def load_record(document: Document) -> Record:
    """Return a record from the state file."""
    lists = {name: tuple(document[name]) for name in ("label_ids", "labels_added", "labels_removed")}
    return Record(**{**document, **lists})


class History:
    """The records of a mailbox from its floor on. A cursor below the floor is answered 404."""

    def __init__(self, start: int) -> None:
        self.head = start
        self.floor = start
        self._records: list[Record] = []

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def append(self, record: Record) -> None:
        """Take the next record; its id is the mailbox's new historyId."""
        self._records.append(record)
        self.head = record.id

    def after(self, history_id: int, limit: int) -> list[Record]:
        """Return at most `limit` records beyond a history id, oldest first."""
        start = bisect_right(self._records, history_id, key=lambda record: record.id)
        return self._records[start : start + limit]

    def forget_old(self, now: float) -> list[Record]:
        """Drop what is older than a week or beyond the bound; returns what was dropped."""
        if not self._records:
            return []
        if self._records[0].at > now - KEPT_SECONDS and len(self._records) <= KEPT_RECORDS:
            return []
        count = bisect_right(self._records, now - KEPT_SECONDS, key=lambda record: record.at)
        return self._forget(max(count, len(self._records) - KEPT_RECORDS))

    def forget_all(self) -> list[Record]:
        """Drop everything: only the present historyId is a cursor that still works."""
        dropped = self._forget(len(self._records))
        self.floor = self.head
        return dropped

    def _forget(self, count: int) -> list[Record]:
        dropped, self._records = self._records[:count], self._records[count:]
        if dropped:
            self.floor = dropped[-1].id
        return dropped
