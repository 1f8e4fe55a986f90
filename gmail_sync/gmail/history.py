"""Gmail's history, read as values and netted per message. Pure: no database, no network.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users.history/list
Facts: docs/gmail.md, 'The history'.
Gmail's spelling (`historyId`, `labelIds`) ends here and in api.py and push/notification.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog

from gmail_sync.exceptions import RecordUnreadable
from gmail_sync.gmail import values
from gmail_sync.labels import OUTSIDE_INBOX, is_in_inbox

logger = structlog.get_logger(__name__)

# A message that arrives with one of these is not mail for the page; it may become so when it enters the inbox.
NOT_MIRRORED = frozenset({"DRAFT", "SPAM", "CHAT"})


class Kind(StrEnum):
    """The kinds of a step."""

    ADDED = "added"
    DELETED = "deleted"
    LABELS_ADDED = "labels_added"
    LABELS_REMOVED = "labels_removed"


# In this order; a record's own `messages` repeats what the four lists say.
LISTS = {
    "messagesAdded": Kind.ADDED,
    "labelsAdded": Kind.LABELS_ADDED,
    "labelsRemoved": Kind.LABELS_REMOVED,
    "messagesDeleted": Kind.DELETED,
}


@dataclass(frozen=True)
class Step:
    """One thing that happened to one message."""

    record_id: int
    kind: Kind
    gmail_id: str
    thread_id: str
    label_ids: frozenset[str]


@dataclass(frozen=True)
class Record:
    """One history record: its id, and its steps in the order in which Gmail applied them."""

    id: int
    steps: tuple[Step, ...]


@dataclass
class MessageHistory:
    """Everything that the records say about one message, in record order."""

    gmail_id: str
    thread_id: str
    steps: list[Step] = field(default_factory=list)

    @property
    def deleted(self) -> bool:
        """Tell whether it is gone for good: no message comes back under its id."""
        return any(step.kind == Kind.DELETED for step in self.steps)

    @property
    def added(self) -> bool:
        return any(step.kind == Kind.ADDED for step in self.steps)

    @property
    def last_record_id(self) -> int:
        return self.steps[-1].record_id

    @property
    def worth_fetching(self) -> bool:
        """Tell whether a message that the mirror lacks can be news: it arrived as mail, or entered the inbox."""
        if self.deleted:
            return False
        return any(_can_be_news(step) for step in self.steps)

    @property
    def enters_inbox(self) -> bool:
        """Tell whether the records put it into the inbox, though it may have left since."""
        entering = (Kind.ADDED, Kind.LABELS_ADDED)
        return any(step.kind in entering and is_in_inbox(step.label_ids) for step in self.steps)

    def labels_after(self, label_ids: Iterable[str], known_history_id: int) -> set[str]:
        """Return the labels after the records that are newer than `known_history_id`."""
        labels = set(label_ids)
        for step in self.steps:
            if step.record_id <= known_history_id:
                continue
            if step.kind == Kind.LABELS_ADDED:
                labels |= step.label_ids
            elif step.kind == Kind.LABELS_REMOVED:
                labels -= step.label_ids
        return labels

    def thread_after(self, known_history_id: int) -> str:
        """Return the conversation that the last change of labels after `known_history_id` names; "" if none does.

        Gmail moves a message into another conversation when it learns what belongs together. To be added is no move.
        """
        newer = (step for step in reversed(self.steps) if step.record_id > known_history_id)
        named = (step.thread_id for step in newer if step.kind in (Kind.LABELS_ADDED, Kind.LABELS_REMOVED))
        return next(filter(None, named), "")

    def labels_before(self, label_ids: Iterable[str]) -> set[str]:
        """Return the labels that the message must have had before these records, given those that it has now."""
        labels = set(label_ids)
        for step in reversed(self.steps):
            if step.kind == Kind.LABELS_ADDED:
                labels -= step.label_ids
            elif step.kind == Kind.LABELS_REMOVED:
                labels |= step.label_ids
        return labels


def _can_be_news(step: Step) -> bool:
    match step.kind:
        case Kind.ADDED:
            return is_in_inbox(step.label_ids) or not step.label_ids & NOT_MIRRORED
        case Kind.LABELS_ADDED:
            return "INBOX" in step.label_ids
        case Kind.LABELS_REMOVED:  # what is no longer spam or trash may be in the inbox by that alone
            return not step.label_ids.isdisjoint(OUTSIDE_INBOX)
    return False


def parse_records(page: dict[str, Any], skip_unreadable: bool = False) -> list[Record]:
    """Return the records of one answer of history.list; a page may have none.

    Raises RecordUnreadable, unless told to leave such a record out.
    """
    records = []
    for raw in page.get("history", []):
        try:
            records.append(Record(values.history_id(raw["id"]), tuple(_steps(raw))))
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            if not skip_unreadable:
                raise RecordUnreadable(f"{type(error).__name__}: {error}") from error
            logger.error("history.record_skipped", error=type(error).__name__)
    return records


def _steps(raw: dict[str, Any]) -> Iterator[Step]:
    record_id = values.history_id(raw["id"])
    for key, kind in LISTS.items():
        for entry in raw.get(key, []):
            message = entry["message"]
            labels = message.get("labelIds", []) if kind == Kind.ADDED else entry.get("labelIds", [])
            gmail_id, thread_id = values.message_id(message["id"]), values.usable_id(message.get("threadId"))
            yield Step(record_id, kind, gmail_id, thread_id, frozenset(labels))


def by_message(records: Iterable[Record]) -> dict[str, MessageHistory]:
    """Group the steps by message, messages in the order of their first step."""
    messages: dict[str, MessageHistory] = {}
    for record in records:
        for step in record.steps:
            history = messages.setdefault(step.gmail_id, MessageHistory(step.gmail_id, step.thread_id))
            history.steps.append(step)
    return messages
