"""A brake for one process: how often somebody may ask."""

import time

KEYS = 10_000


class Pace:
    """Lets each key ask once in so many seconds, and `burst` times at once after a rest (a leaky bucket, GCRA)."""

    def __init__(self, seconds: float, burst: int = 1) -> None:
        self.seconds = seconds
        self._tolerance = seconds * (burst - 1)
        self._due: dict[str, float] = {}  # when the key would be back at rest, monotonic

    def allows(self, key: str) -> bool:
        """Tell whether the key may ask now, and count it if so."""
        now = time.monotonic()
        due = max(self._due.get(key, now), now)
        if due - now > self._tolerance:
            return False
        if len(self._due) >= KEYS:
            self._due = {known: at for known, at in self._due.items() if at > now}
        if len(self._due) < KEYS or key in self._due:
            self._due[key] = due + self.seconds
        return True
