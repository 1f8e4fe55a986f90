"""Compares what a listener heard of one topic with the numbers of the log. Pure.

A number of the log is `seen` or, when it has not come in MISSING_SECONDS, `missing`. Of those seen, some are
`reordered`: a later one came before. Of those missing, some are `late`: they came after all. A number that comes again
is `repeated`.
"""

from collections import Counter
from dataclasses import dataclass, field

from realtime.stream.sse import Cursor

RESULTS = ("seen", "missing", "late", "repeated", "reordered")
MISSING_SECONDS = 10.0
MOST_AT_ONCE = 10_000  # numbers; a message that speaks of more, or from farther ahead, is not one of ours


class Shadow:
    """What was heard of one user's events after `head`."""

    def __init__(self, head: Cursor) -> None:
        self.epoch = head.epoch
        self._begin = self._head = head.seq
        self._highest = 0  # that has come
        self._awaited: dict[int, float] = {}  # since when, by number
        self._overdue: set[int] = set()

    def expect(self, head: int, now: float) -> None:
        """Await all numbers up to this one, which the log has."""
        self._awaited |= dict.fromkeys(range(self._head + 1, head + 1), now)
        self._head = max(self._head, head)

    def hear(self, first: int, last: int, now: float) -> Counter[str]:
        """Take a message about these numbers; returns what became of them."""
        if not 0 < first <= last < first + MOST_AT_ONCE or last > self._head + MOST_AT_ONCE:
            return Counter()
        self.expect(last, now)  # it was committed, or it would not be told
        numbers = range(max(first, self._begin + 1), last + 1)
        results = Counter(result for number in numbers for result in self._results(number))
        self._highest = max(self._highest, last)
        return results

    def overdue(self, now: float) -> Counter[str]:
        """Give up on what should have come by now; returns how many are missing."""
        gone = {number for number, since in self._awaited.items() if now - since >= MISSING_SECONDS}
        for number in gone:
            del self._awaited[number]
        self._overdue |= gone
        return Counter(missing=len(gone))

    def _results(self, number: int) -> tuple[str, ...]:
        if self._awaited.pop(number, None) is not None:
            return ("seen", "reordered") if number < self._highest else ("seen",)
        if number in self._overdue:
            self._overdue.remove(number)
            return ("late",)
        return ("repeated",)


@dataclass
class Figures:
    """Counts by RESULTS, the lags of messages in milliseconds, and how many channels and connections broke."""

    events: Counter[str] = field(default_factory=Counter)
    lags: Counter[int] = field(default_factory=Counter)
    lost: int = 0

    @property
    def share_missing(self) -> float:
        """Return the part of all events that did not come in time."""
        return self.events["missing"] / max(1, self.events["missing"] + self.events["seen"])

    def __str__(self) -> str:
        counts = ", ".join(f"{self.events[result]:,} {result}" for result in RESULTS)
        lag = f"lag p50 {self._lag(0.5)}, p95 {self._lag(0.95)}"
        return f"{counts} ({self.share_missing:.3%} missing); {lag}; {self.lost} broke"

    def _lag(self, share: float) -> str:
        rank = share * self.lags.total()
        for lag in sorted(self.lags):
            rank -= self.lags[lag]
            if rank <= 0:
                return f"{lag:,} ms"
        return "-"
