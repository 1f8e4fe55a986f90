"""The events of mail, a frozen dataclass each. docs/events.md shows them as JSON."""

from dataclasses import dataclass, field
from typing import Any

from realtime.events import Event


@dataclass(frozen=True)
class MailEvent(Event):
    """An event about one mailbox."""

    account_id: int

    def payload(self) -> dict[str, Any]:
        return {"account_id": self.account_id}


@dataclass(frozen=True)
class MessageAdded(MailEvent):
    """New mail, or a message that the mirror lacked and that entered the inbox. `message` is the whole row."""

    type = "message.added"

    message: dict[str, Any]

    def payload(self) -> dict[str, Any]:
        return super().payload() | {"message": self.message}


@dataclass(frozen=True)
class MessageChanged(MailEvent):
    """Labels changed: read, starred, archived, trashed. `label_ids` is the whole new list.

    Or the message moved into another conversation, from `former_thread_id`.
    """

    type = "message.changed"

    gmail_id: str
    thread_id: str
    label_ids: list[str]
    added_label_ids: list[str]
    removed_label_ids: list[str]
    by: dict[str, Any] | None = None  # the member who did it through Finito
    op: str = ""
    former_thread_id: str | None = None

    def payload(self) -> dict[str, Any]:
        attribution = {} if self.by is None else {"by": self.by, "op": self.op}
        moved = {} if self.former_thread_id is None else {"former_thread_id": self.former_thread_id}
        return (
            super().payload()
            | attribution
            | moved
            | {
                "message": {"id": self.gmail_id, "thread_id": self.thread_id, "label_ids": self.label_ids},
                "added_label_ids": self.added_label_ids,
                "removed_label_ids": self.removed_label_ids,
            }
        )


@dataclass(frozen=True)
class MessageDeleted(MailEvent):
    """A message is gone from Gmail for good; trashing one is a change. `label_ids` is not sent."""

    type = "message.deleted"

    gmail_id: str
    thread_id: str
    label_ids: list[str] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        return super().payload() | {"message": {"id": self.gmail_id, "thread_id": self.thread_id}}


@dataclass(frozen=True)
class MailboxResynced(MailEvent):
    """The mirror was rebuilt after Gmail forgot the history: read the list again."""

    type = "mailbox.resynced"


@dataclass(frozen=True)
class MailboxCounts(MailEvent):
    """Gmail's own counts of a label."""

    type = "mailbox.counts"

    label_id: str
    messages_unread: int
    messages_total: int

    def payload(self) -> dict[str, Any]:
        return super().payload() | {
            "label_id": self.label_id,
            "messages_unread": self.messages_unread,
            "messages_total": self.messages_total,
        }


@dataclass(frozen=True)
class AccountStatus(MailEvent):
    """A mailbox's state for one user: connected, syncing (with done and total), reauth_required, disconnected.

    `shared` tells whether somebody else sees it, too.
    """

    type = "account.status"

    state: str
    email: str
    done: int | None = None
    total: int | None = None
    can_act: bool | None = None
    shared: bool | None = None

    def payload(self) -> dict[str, Any]:
        shared = {} if self.shared is None else {"shared": self.shared}
        progress = {} if self.total is None else {"done": self.done, "total": self.total}
        acting = {} if self.can_act is None else {"can_act": self.can_act}
        return super().payload() | {"state": self.state, "email": self.email} | progress | acting | shared


@dataclass(frozen=True)
class ActionSettled(MailEvent):
    """How an act ended, for the member who did it; it comes after all that the act changed."""

    type = "action.settled"

    op: str
    state: str
    reason: str = ""
    failed: list[str] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        outcome = {"op": self.op, "state": self.state, "reason": self.reason, "failed": self.failed}
        return super().payload() | outcome


@dataclass(frozen=True)
class MailboxLabelsListed(MailEvent):
    """The labels of a mailbox, in Gmail's order."""

    type = "mailbox.labels"

    labels: list[dict[str, Any]]

    def payload(self) -> dict[str, Any]:
        return super().payload() | {"labels": self.labels}
