"""Gmail's quota: what a call costs, and when a mailbox may spend again. Pure.

Units: https://developers.google.com/workspace/gmail/api/reference/quota (since 2026-05-01)
"""

from dataclasses import dataclass
from datetime import datetime

UNITS = {
    "getProfile": 1,
    "labels.get": 1,
    "history.list": 2,
    "messages.list": 5,
    "messages.get": 20,
    "stop": 50,
    "watch": 100,
}
# Gmail allows a user 6,000 in any minute: the burst and what leaks in a minute stay below that together.
UNITS_PER_SECOND = 60.0
BURST_UNITS = 2_300.0


@dataclass(frozen=True)
class Spending:
    """A bucket that fills with each call and leaks 60 units a second."""

    level: float
    at: datetime

    def level_at(self, now: datetime) -> float:
        """The units that still count at `now`."""
        return max(0.0, self.level - max(0.0, (now - self.at).total_seconds()) * UNITS_PER_SECOND)

    def wait_seconds(self, units: float, now: datetime) -> float:
        """How long until these units may be spent; 0: now. More than the burst is let through an empty bucket."""
        excess = self.level_at(now) + min(units, BURST_UNITS) - BURST_UNITS
        return max(0.0, excess / UNITS_PER_SECOND)

    def after(self, units: float, now: datetime) -> "Spending":
        """The bucket with these units in it."""
        return Spending(self.level_at(now) + units, now)
