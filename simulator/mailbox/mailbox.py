"""A mailbox as a state machine: messages, labels and the history of both. It knows no HTTP."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from simulator import ids
from simulator.clock import Clock
from simulator.mailbox.history import History, Record
from simulator.mailbox.labels import SYSTEM_LABELS, USER_LABELS
from simulator.mailbox.message import Content, Message
from simulator.mailbox.store import MailboxStore
from simulator.mailbox.watch import Watch, load_watch

Changed = Callable[["Mailbox", Record], None]


class Mailbox:
    """All mail of one address. Every change writes one history record and tells the listener."""

    def __init__(
        self,
        email: str,
        seed: int,
        clock: Clock,
        store: MailboxStore,
        changed: Changed,
        *,
        trash_keeps_inbox: bool = False,
    ) -> None:
        self.account = email  # what it was created as, whatever its address is by now: ids and `sub` follow from it
        self.email = email
        self.trash_keeps_inbox = trash_keeps_inbox
        self.seed = seed
        self.messages: dict[str, Message] = {}
        self.user_labels = dict(USER_LABELS)  # names by id
        self.history = History(ids.first_history_id(seed, email))
        self.watch: Watch | None = None
        self.gone = False
        self.verified = True  # whether Google knows that the address is its owner's
        self._count = 0
        self._order: list[tuple[int, int, str]] = []
        self._clock = clock
        self._store = store
        self._changed = changed

    def restore(self) -> None:
        """Take up what the store holds."""
        header = self._store.header()
        self._count, self.gone = header["count"], header["gone"]
        self.email = header.get("email", self.account)
        self.user_labels = header.get("user_labels", self.user_labels)
        self.watch = load_watch(header["watch"])
        self.history.floor = header["floor"]
        for message in self._store.messages():
            self.messages[message.id] = message
            insort(self._order, (*message.order, message.id))
        for record in self._store.records():
            self.history.append(record)
        self.history.head = header["head"]

    def save(self) -> None:
        """Write what is neither message nor record: counters, the watch, whether the account is gone."""
        self._store.save_header(
            {
                "email": self.email,
                "user_labels": self.user_labels,
                "count": self._count,
                "gone": self.gone,
                "watch": self.watch.document() if self.watch else None,
                "floor": self.history.floor,
                "head": self.history.head,
            }
        )

    @property
    def next_number(self) -> int:
        """The number that the next message gets."""
        return self._count + 1

    def newest_first(self, below: tuple[int, ...] = ()) -> Iterator[Message]:
        """Return the messages by internalDate, newest first, from below an (internal_date, number) on."""
        start = bisect_left(self._order, below) if below else len(self._order)
        for index in range(start - 1, -1, -1):
            yield self.messages[self._order[index][2]]

    def has_label(self, label_id: str) -> bool:
        """Tell whether there is such a label."""
        return label_id in SYSTEM_LABELS or label_id in self.user_labels

    def create_label(self, name: str) -> str:
        """Make a label of the user's own; returns its id, which never changes."""
        label_id = f"Label_{len(self.user_labels) + 1}"
        self.user_labels[label_id] = name
        self.save()
        return label_id

    def thread(self, thread_id: str) -> list[Message]:
        """Return the messages of a thread, oldest first."""
        found = (message for message in self.messages.values() if message.thread_id == thread_id)
        return sorted(found, key=lambda message: message.order)

    def add(
        self,
        content: Content,
        label_ids: Iterable[str],
        *,
        thread_id: str = "",
        internal_date: int | None = None,
        imported: bool = False,
    ) -> Message:
        """Put a mail into the mailbox; an imported one is recorded without its labels, as Gmail does."""
        self._count += 1
        message_id = ids.message_id(self.seed, self.account, self._count)
        message = Message(
            id=message_id,
            thread_id=thread_id or message_id,
            number=self._count,
            internal_date=self._clock.now_ms() if internal_date is None else internal_date,
            history_id=0,
            content=content,
            snippet=content.snippet(),
            label_ids=list(dict.fromkeys(label_ids)),
        )
        self.messages[message.id] = message
        insort(self._order, (*message.order, message.id))
        self._store.save_content(message)
        self._record(message, added=True, label_ids=() if imported else tuple(message.label_ids))
        return message

    def relabel(self, message_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Message:
        """Add and remove labels; what changes nothing leaves no record. KeyError if there is no message."""
        message = self.messages[message_id]
        gained = tuple(label for label in dict.fromkeys(add) if label not in message.label_ids)
        lost = tuple(label for label in dict.fromkeys(remove) if label in message.label_ids)
        if gained or lost:
            message.label_ids = [label for label in (*message.label_ids, *gained) if label not in lost]
            self._record(message, labels_added=gained, labels_removed=lost)
        return message

    def trash(self, message_id: str, keeps_inbox: bool | None = None) -> Message:
        """Move a message to the trash, with or without taking INBOX away. KeyError if there is none."""
        keeps = self.trash_keeps_inbox if keeps_inbox is None else keeps_inbox
        return self.relabel(message_id, add=["TRASH"], remove=["SPAM"] if keeps else ["INBOX", "SPAM"])

    def untrash(self, message_id: str) -> Message:
        """Take a message out of the trash; it comes back to the inbox if it kept INBOX. KeyError if there is none."""
        return self.relabel(message_id, remove=["TRASH"])

    def move(self, message_id: str, thread_id: str) -> Message:
        """Put a message into another conversation; no list of the history tells it. KeyError if there is none."""
        message = self.messages[message_id]
        message.thread_id = thread_id
        self._record(message)
        return message

    def delete(self, message_id: str) -> None:
        """Delete a message for good. KeyError if there is none."""
        message = self.messages.pop(message_id)
        del self._order[bisect_left(self._order, (*message.order, message.id))]
        self._store.delete_message(message)
        self._record(message, deleted=True)

    def expire_history(self) -> None:
        """Forget all history up to now, so that an older cursor is answered 404."""
        self._store.delete_records(self.history.forget_all())
        self.save()

    def _record(self, message: Message, label_ids: tuple[str, ...] | None = None, **what: Any) -> None:
        now = self._clock.now()
        head = self.history.head
        record = Record(
            id=head + ids.history_step(self.seed, self.account, head),
            at=now,
            message_id=message.id,
            thread_id=message.thread_id,
            label_ids=tuple(message.label_ids) if label_ids is None else label_ids,
            **what,
        )
        message.history_id = record.id
        self.history.append(record)
        self._store.save_record(record)
        if not record.deleted:
            self._store.save_message(message)
        self._store.delete_records(self.history.forget_old(now))
        self.save()
        self._changed(self, record)
