"""Rates as the server counts them: an average over buckets of some seconds, which moves only when one is full."""

from collections import deque

from simulator.clock import Clock

IDLE_SECONDS = 300.0  # then the server forgets the counter


class Rate:
    """Events a second, over the full buckets alone; the first bucket is empty (lib/realtime/rate_counter)."""

    def __init__(self, clock: Clock, bucket_seconds: float, buckets: int) -> None:
        self._clock, self._seconds = clock, bucket_seconds
        self._full: deque[int] = deque([0], maxlen=buckets)
        self._count = 0
        self._began = clock.now()

    def add(self) -> None:
        """Count one into the bucket that fills now."""
        self._turn()
        self._count += 1

    def average(self) -> float:
        """Return the events a second up to the last bucket that is full."""
        self._turn()
        return sum(self._full) / len(self._full) / self._seconds

    def _turn(self) -> None:
        passed = int((self._clock.now() - self._began) // self._seconds)
        if passed <= 0:
            return
        self._full.append(self._count)
        self._full.extend([0] * min(passed - 1, self._full.maxlen or 0))
        if passed * self._seconds > IDLE_SECONDS:
            self._full = deque([0], maxlen=self._full.maxlen)
        self._count = 0
        self._began += passed * self._seconds
