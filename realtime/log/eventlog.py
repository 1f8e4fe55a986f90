"""The event log: it alone decides which events a user has and in what order.

A user's numbers are contiguous from 1 and are taken by the last statements of the transaction, under the lock of
the user's row. So lock order = number order = commit order, and a rollback leaves no hole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from realtime.events import Event
from realtime.log import numbers
from realtime.models import EventStream, StoredEvent, random_name
from realtime.pieces import pieces
from realtime.stream import sse
from realtime.transport import publish

INLINE_LIMIT_BYTES = 16_384  # larger notices only say "look into the log"


@dataclass
class _Pending:
    events: list[tuple[str, str]] = field(default_factory=list)
    forget: bool = False


class EventLog:
    """What one transaction will append; handed out by atomic()."""

    def __init__(self) -> None:
        self._pending: dict[int, _Pending] = defaultdict(_Pending)

    def append(self, user_ids: Iterable[int], event: Event) -> None:
        """Give `event` to each of the users. It is encoded here, so that what cannot be sent is never stored."""
        at = timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        encoded = sse.encode_payload({"at": at, **event.payload()})
        for user_id in user_ids:
            self._pending[user_id].events.append((event.type, encoded))

    def forget(self, user_id: int) -> None:
        """Delete the user's stored events and raise their floor: an older cursor gets `reset` (RULES R2)."""
        self._pending[user_id].forget = True

    def write(self) -> None:
        """Number and store what was appended; called once, as the transaction's last statements."""
        notices: list[publish.Notice] = []
        relayed: list[tuple[str, publish.Notice]] = []
        for user_ids in pieces(sorted(self._pending)):  # one order of locks for everybody (RULES R8)
            stored: list[numbers.Numbered] = []
            for taken in numbers.take({user_id: len(self._pending[user_id].events) for user_id in user_ids}):
                pending = self._pending[taken.user_id]
                events = _numbered(taken, pending.events)
                if pending.forget:
                    StoredEvent.objects.filter(user_id=taken.user_id).delete()
                    numbers.raise_floor(taken.user_id, to=taken.last_seq - len(events))
                if events:
                    notices.append(_notice(taken, events))
                    if taken.relay_secret:
                        # Bare after a leave: then it carries no frames of before, which may still wait (RULES R2).
                        notice = notices[-1]._replace(frames=b"") if pending.forget else notices[-1]
                        relayed.append((taken.relay_secret, notice))
                stored += events
            for events in pieces(stored):
                numbers.store(events)
        if notices:
            transaction.on_commit(partial(publish.announce, notices, *relayed))


def _numbered(taken: numbers.Taken, events: list[tuple[str, str]]) -> list[numbers.Numbered]:
    """Give the events the numbers that were just taken, which are the user's newest."""
    first = taken.last_seq - len(events) + 1
    return [numbers.Numbered(taken.user_id, seq, *event) for seq, event in enumerate(events, start=first)]


def _notice(taken: numbers.Taken, events: list[numbers.Numbered]) -> publish.Notice:
    frames = b"".join(sse.frame(e.type, sse.Cursor(taken.epoch, e.seq), e.payload) for e in events)
    return publish.Notice(
        user_id=taken.user_id,
        epoch=taken.epoch,
        first=events[0].seq,
        last=taken.last_seq,
        frames=frames if len(frames) <= INLINE_LIMIT_BYTES else b"",
    )


@contextmanager
def atomic() -> Iterator[EventLog]:
    """Open the outermost transaction of a change that users are told about: all of it, or nothing.

    Nesting it raises RuntimeError: the numbers would no longer be taken last.
    """
    with transaction.atomic(durable=True):
        log = EventLog()
        yield log
        log.write()


def prune(older_than: timedelta) -> int:
    """Delete events older than the given age, one user per transaction, floor first. Returns how many."""
    # By number, not by the clock: whatever is at or below an old event goes with it.
    old = StoredEvent.objects.filter(created_at__lt=Now() - older_than).order_by("user_id")
    deleted = 0
    for user_id, last_old in list(old.values_list("user_id").annotate(Max("seq"))):
        with transaction.atomic(durable=True):
            stream = EventStream.objects.select_for_update().get(user_id=user_id)
            stream.floor_seq = max(stream.floor_seq, last_old)
            stream.save(update_fields=["floor_seq"])
            deleted += StoredEvent.objects.filter(user_id=user_id, seq__lte=stream.floor_seq).delete()[0]
    return deleted


def renew_epochs(user_ids: Iterable[int] | None = None) -> int:
    """Give the users (None: all) a new epoch: their numbers may come again. Returns how many."""
    if user_ids is None:
        user_ids = list(EventStream.objects.values_list("user_id", flat=True))
    renewed = 0
    for user_id in sorted(user_ids):
        with transaction.atomic(durable=True):
            stream = EventStream.objects.select_for_update().filter(user_id=user_id).first()
            if stream is None:
                continue
            stream.epoch, stream.floor_seq = random_name(), stream.last_seq
            stream.save(update_fields=["epoch", "floor_seq"])
            StoredEvent.objects.filter(user_id=user_id).delete()
            renewed += 1
    return renewed
