"""Cutting a read into transactions: each covers a prefix of the records (RULES R4). Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from gmail_sync.history import MessageHistory, Record, by_message

UNKNOWN_LIMIT = 100  # a transaction's worth of metadata: 2,000 units, a third of a mailbox's minute


@dataclass(frozen=True)
class Part:
    """Records that are written together, and the messages that have to be fetched for them."""

    records: list[Record]
    to_fetch: list[str] = field(default_factory=list)

    @property
    def last_record_id(self) -> int:
        """Where the cursor stands after it; 0 for none."""
        return self.records[-1].id if self.records else 0

    @property
    def histories(self) -> dict[str, MessageHistory]:
        """What the records say, by message."""
        return by_message(self.records)

    def up_to(self, fetched: Collection[str]) -> "Part":
        """The prefix that needs no message beside those."""
        missing = set(self.to_fetch).difference(fetched)
        kept = takewhile(lambda record: not any(step.gmail_id in missing for step in record.steps), self.records)
        return Part(list(kept), [gmail_id for gmail_id in self.to_fetch if gmail_id not in missing])


def cut(records: list[Record], unknown_ids: Iterable[str]) -> Iterator[Part]:
    """Parts that need at most 100 of the unknown messages each, unless a single record needs more."""
    unknown = set(unknown_ids)
    taken: list[Record] = []
    to_fetch: list[str] = []
    for record in records:
        fresh = list(dict.fromkeys(step.gmail_id for step in record.steps if step.gmail_id in unknown))
        if taken and len(to_fetch) + len(fresh) > UNKNOWN_LIMIT:
            yield Part(taken, to_fetch)
            taken, to_fetch = [], []
        taken.append(record)
        to_fetch += fresh
        unknown -= set(fresh)
    if taken:
        yield Part(taken, to_fetch)
