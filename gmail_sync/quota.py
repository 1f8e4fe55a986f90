"""Gmail's quota: what a call costs, and when a mailbox may spend again. Pure.

Units: https://developers.google.com/workspace/gmail/api/reference/quota (since 2026-05-01)
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

UNITS = {
    "getProfile": 1,
    "labels.get": 1,
    "labels.list": 1,
    "history.list": 2,
    "messages.list": 5,
    "messages.modify": 5,
    "messages.batchModify": 50,
    "messages.get": 20,
    "messages.attachments.get": 20,
    "threads.get": 40,
    "stop": 50,
    "watch": 100,
}
WINDOW_SECONDS = 60
HOUR_SECONDS = 3_600
# Gmail allows a user 6,000 units in a minute. Batches leave a part of it to the small calls, so that a mailbox that
# is being filled still hears of its changes; the rest is for the consent and for what else reads the mailbox.
LIMIT_UNITS = 5_900.0
BATCH_LIMIT_UNITS = 5_500.0
READERS_LIMIT_UNITS = 1_200.0  # of these, for people who open mail (reading/budget.py)
SYNCS_OWN_UNITS = 200.0  # readers leave so much to small calls: new mail comes while they are at their limit
SMALL_UNITS = 100.0


@dataclass(frozen=True)
class Spending:
    """The units spent in the last hour: (second since 1970, units), oldest first.

    At most one entry a second for the last minute, and one a minute for the rest of the hour, which operators see.
    """

    entries: tuple[tuple[int, float], ...] = ()

    @classmethod
    def of(cls, stored: Iterable[Iterable[float]]) -> "Spending":
        """Read the column's JSON."""
        return cls(tuple((int(second), units) for second, units in stored))

    def wait_seconds(self, units: float, now: datetime, limit: float = 0.0) -> float:
        """Return the seconds until these units may be spent; 0: now. An empty minute lets any amount pass.

        `limit` is the minute's; without one it is the sync's.
        """
        limit = limit or (LIMIT_UNITS if units <= SMALL_UNITS else BATCH_LIMIT_UNITS)
        recent = self.in_a_minute(now)
        excess = sum(spent for _, spent in recent) + units - limit
        wait = 0.0
        for second, spent in recent:
            if excess <= 0:
                break
            excess -= spent
            wait = second + WINDOW_SECONDS - now.timestamp()
        return wait

    def after(self, units: float, now: datetime) -> "Spending":
        """Return the spending with these units added, counted from the end of this second: never too early."""
        recent = dict(self.in_a_minute(now))
        entries: dict[int, float] = defaultdict(float)
        for second, spent in self._since(now, HOUR_SECONDS):
            entries[second if second in recent else second - second % WINDOW_SECONDS] += spent
        entries[math.ceil(now.timestamp())] += units
        return Spending(tuple(sorted(entries.items())))

    def in_an_hour(self, now: datetime) -> float:
        """Return the units of the last hour, to the minute."""
        return sum(units for _, units in self._since(now, HOUR_SECONDS))

    def with_others(self, stored: Iterable[Iterable[float]]) -> "Spending":
        """Return the spending together with what others have spent of the same minute."""
        return Spending(tuple(sorted([*self.entries, *Spending.of(stored).entries])))

    def leaving_readers_theirs(self, stored: Iterable[Iterable[float]], now: datetime) -> "Spending":
        """Return the spending together with the readers': their whole share, if anybody has read in the last minute.

        So batches take all of a minute in which nobody reads, and make room from the first opening on.
        """
        reads = Spending.of(stored)
        recent = reads.in_a_minute(now)
        missing = READERS_LIMIT_UNITS - sum(units for _, units in recent)
        kept = [(recent[-1][0], missing)] if recent and missing > 0 else []
        return self.with_others([*reads.entries, *kept])

    def in_a_minute(self, now: datetime) -> list[tuple[int, float]]:
        """Return the entries of the last minute."""
        return self._since(now, WINDOW_SECONDS)

    def _since(self, now: datetime, seconds: int) -> list[tuple[int, float]]:
        """Return the entries of so many seconds, without those that lie ahead: a clock was set back since."""
        latest = now.timestamp() + WINDOW_SECONDS
        return [(at, units) for at, units in self.entries if at + seconds > now.timestamp() and at <= latest]
