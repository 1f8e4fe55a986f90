"""Counts calls and Gmail's quota units, and enforces a quota when asked to."""

from collections import Counter, deque
from datetime import UTC, datetime

from simulator.errors import GoogleError
from simulator.state import Document

WINDOW_SECONDS = 60.0


class Meter:
    """Counts calls by method and status, units by mailbox and method, since the last reset."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, int]] = Counter()
        self.units: Counter[tuple[str, str]] = Counter()

    def count(self, method: str, status: int) -> None:
        """Log one call and how it was answered."""
        self.calls[method, status] += 1

    def charge(self, email: str, method: str, units: int) -> None:
        """Charge a mailbox for a call."""
        self.units[email, method] += units

    def reset(self) -> None:
        """Begin again at nothing."""
        self.calls.clear()
        self.units.clear()

    def document(self) -> Document:
        """Units in all, by method and by mailbox; calls by method and status."""
        by_method: Counter[str] = Counter()
        by_mailbox: dict[str, dict[str, int]] = {}
        for (email, method), units in self.units.items():
            by_method[method] += units
            by_mailbox.setdefault(email, {})[method] = units
        calls: dict[str, dict[str, int]] = {}
        for (method, status), count in self.calls.items():
            calls.setdefault(method, {})[str(status)] = count
        return {
            "units_total": by_method.total(),
            "units": dict(by_method),
            "units_by_mailbox": by_mailbox,
            "calls": calls,
        }


class Quota:
    """Units a minute and user; unlimited when the limit is None."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._spent: dict[str, deque[tuple[float, int]]] = {}
        self._refused: dict[str, int] = {}

    def spend(self, email: str, units: int, now: float) -> None:
        """Take units from the user's last 60 s, or raise what Gmail answers: first a 403, then 429s."""
        if self.limit is None:
            return
        spent = self._spent.setdefault(email, deque())
        while spent and spent[0][0] <= now - WINDOW_SECONDS:
            spent.popleft()
        if sum(cost for _, cost in spent) + units <= self.limit:
            spent.append((now, units))
            self._refused[email] = 0
            return
        self._refused[email] = self._refused.get(email, 0) + 1
        if self._refused[email] == 1:
            raise GoogleError(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
        oldest = spent[0][0] if spent else now
        until = datetime.fromtimestamp(oldest + WINDOW_SECONDS, UTC).isoformat(timespec="milliseconds")
        text = f"User-rate limit exceeded.  Retry after {until.replace('+00:00', 'Z')}"
        raise GoogleError(429, "rateLimitExceeded", text)
