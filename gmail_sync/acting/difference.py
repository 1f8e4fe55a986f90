"""A difference of labels: what an act adds and removes. Pure.

Rules: https://developers.google.com/workspace/gmail/api/guides/labels (what Gmail refuses beyond: docs/gmail.md)
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gmail_sync.labels import OWN_LABEL

CHANGEABLE = frozenset({"INBOX", "SPAM", "TRASH", "UNREAD", "STARRED", "IMPORTANT"})
CATEGORIES = frozenset(f"CATEGORY_{name}" for name in ("PERSONAL", "SOCIAL", "PROMOTIONS", "UPDATES", "FORUMS"))
PLACES = frozenset({"INBOX", "SPAM", "TRASH"})  # Gmail refuses to add two of them
MOST_LABELS = 100  # each way


@dataclass(frozen=True)
class Difference:
    """Labels to add and to remove. Two of them on different labels commute, and one may be repeated."""

    add: frozenset[str]
    remove: frozenset[str]

    @classmethod
    def of(cls, add: Iterable[str], remove: Iterable[str]) -> "Difference":
        return cls(frozenset(add), frozenset(remove))

    @property
    def is_possible(self) -> bool:
        """Tell whether Gmail could take it, for some mailbox."""
        names = self.add | self.remove
        return (
            bool(names)
            and max(len(self.add), len(self.remove)) <= MOST_LABELS
            and self.add.isdisjoint(self.remove)
            and len(self.add & PLACES) < 2
            and all(name in CHANGEABLE or name in CATEGORIES or OWN_LABEL.fullmatch(name) for name in names)
        )

    def own_labels(self) -> set[str]:
        """Return the user's own labels in it: only the mailbox's list tells whether they exist."""
        return {name for name in self.add | self.remove if OWN_LABEL.fullmatch(name)}

    def applied_to(self, labels: Collection[str]) -> set[str]:
        """Return the labels of a message after it."""
        return (set(labels) | self.add) - self.remove

    def effect_on(self, labels: Collection[str]) -> "Difference":
        """Return what it really changes on a message with these labels."""
        before, after = set(labels), self.applied_to(labels)
        return Difference.of(after - before, before - after)

    def holds_for(self, labels: Collection[str]) -> bool:
        """Tell whether a message with these labels has it already."""
        return self.applied_to(labels) == set(labels)

    def inverse(self) -> "Difference":
        return Difference(self.remove, self.add)

    def as_json(self) -> list[list[str]]:
        return [sorted(self.add), sorted(self.remove)]
