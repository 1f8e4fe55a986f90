"""Cut a read into transactions: each covers a prefix of the records (RULES R4). Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile

from gmail_sync.gmail.history import MessageHistory, Record, Step, by_message

UNKNOWN_LIMIT = 100  # a transaction's worth of metadata: 2,000 units, a third of a mailbox's minute
MESSAGES_LIMIT = 500  # a transaction's worth of rows


@dataclass(frozen=True)
class Portion:
    """Steps of one record that concern us, and the cursor after them."""

    record: Record
    cursor: int


@dataclass(frozen=True)
class Batch:
    """Records that are written together, or messages to try again; `to_fetch` are those that need their metadata."""

    portions: list[Portion] = field(default_factory=list)
    to_fetch: list[str] = field(default_factory=list)
    cursor: int = 0  # where it stands after them; 0: where it was
    retries: list[str] = field(default_factory=list)

    @cached_property
    def histories(self) -> dict[str, MessageHistory]:
        """Group the records' steps by message."""
        return by_message(portion.record for portion in self.portions)

    def up_to(self, fetched: Collection[str]) -> "Batch":
        """Return the prefix that needs no other message than the fetched ones."""
        missing = set(self.to_fetch).difference(fetched)
        whole = list(takewhile(lambda portion: missing.isdisjoint(_messages(portion.record)), self.portions))
        cursor = whole[-1].cursor if whole else 0
        for portion in self.portions[len(whole) : len(whole) + 1]:
            steps = tuple(step for step in portion.record.steps if step.gmail_id not in missing)
            whole.append(Portion(Record(portion.record.id, steps), cursor))
        had = [gmail_id for gmail_id in self.to_fetch if gmail_id not in missing]
        return Batch(whole, had, cursor, [gmail_id for gmail_id in self.retries if gmail_id not in missing])

    def one_by_one(self) -> Iterator[tuple[str, "Batch"]]:
        """Yield each message with a batch of its own, which does not move the cursor."""
        for gmail_id, history in self.histories.items():
            yield gmail_id, Batch([Portion(Record(history.last_record_id, tuple(history.steps)), 0)])
        for gmail_id in self.retries:
            yield gmail_id, Batch(retries=[gmail_id])


def cut(records: list[Record], concerned: Collection[str], unknown: Collection[str]) -> Iterator[Batch]:
    """Yield batches that need at most 100 of the unknown messages each, and change at most 500.

    Steps of messages that are not `concerned` are left out. A record that needs more is cut by messages; the cursor
    passes it with the last of them.
    """
    portions: list[Portion] = []
    messages: set[str] = set()
    to_fetch: list[str] = []
    asked: set[str] = set()
    cursor = 0
    for record in records:
        for chunk, ends in _chunks(record, concerned, unknown):
            fresh = [gmail_id for gmail_id in chunk if gmail_id in unknown and gmail_id not in asked]
            more = sum(gmail_id not in messages for gmail_id in chunk)
            if portions and (len(to_fetch) + len(fresh) > UNKNOWN_LIMIT or len(messages) + more > MESSAGES_LIMIT):
                yield Batch(portions, to_fetch, cursor)
                portions, messages, to_fetch = [], set(), []
            cursor = max(cursor, record.id) if ends else cursor
            steps = tuple(step for of_one in chunk.values() for step in of_one)
            portions.append(Portion(Record(record.id, steps), cursor))
            messages.update(chunk)
            to_fetch += fresh
            asked.update(fresh)
        cursor = max(cursor, record.id)
    if records:
        yield Batch(portions, to_fetch, cursor)


def _chunks(
    record: Record, concerned: Collection[str], unknown: Collection[str]
) -> Iterator[tuple[dict[str, list[Step]], bool]]:
    """Yield the record's steps by message, as many as one batch may have, and True with the last of them."""
    steps: dict[str, list[Step]] = {}
    for step in record.steps:
        if step.gmail_id in concerned:
            steps.setdefault(step.gmail_id, []).append(step)
    chunk: dict[str, list[Step]] = {}
    fresh = 0
    for gmail_id, of_one in steps.items():
        if fresh + (gmail_id in unknown) > UNKNOWN_LIMIT or len(chunk) >= MESSAGES_LIMIT:
            yield chunk, False
            chunk, fresh = {}, 0
        chunk[gmail_id] = of_one
        fresh += gmail_id in unknown
    if chunk:
        yield chunk, True


def _messages(record: Record) -> set[str]:
    return {step.gmail_id for step in record.steps}
