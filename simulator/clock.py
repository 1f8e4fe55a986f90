"""The one clock: everything that asks for the time asks here, so that a test can move it."""

import time


class Clock:
    """Seconds since the epoch: the machine's time, or a time that stands still, plus what was advanced."""

    def __init__(self, frozen_at: float | None = None) -> None:
        self._frozen_at = frozen_at
        self._advanced = 0.0

    def now(self) -> float:
        """Return the simulated time in seconds since the epoch."""
        base = time.time() if self._frozen_at is None else self._frozen_at
        return base + self._advanced

    def now_ms(self) -> int:
        """Return the simulated time in milliseconds, as Gmail counts internalDate and expiration."""
        return int(self.now() * 1000)

    def advance(self, seconds: float) -> None:
        """Move the simulated time forward; waits that are under way are not shortened."""
        self._advanced += seconds
