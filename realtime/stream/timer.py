"""The process's one timer for its streams: each second it looks at those that are due, and at those that write.

Ten thousand streams wait nearly always. A look at each of them each second would be a quarter of what they cost.
"""

import heapq
import time
import weakref
from itertools import count

from realtime.stream.feeds import Stream


class Timer:
    """Lets streams beat, and ends those that are old or whose client does not read. A turn is due each second."""

    def __init__(self) -> None:
        # A heap; one entry a stream, also for a while after its end, of which nothing else is kept.
        self._due: list[tuple[float, int, weakref.ref[Stream]]] = []
        self._numbers = count()
        self._open: set[Stream] = set()
        self._writing: dict[Stream, float] = {}  # since when, by the monotonic clock, the server takes its bytes

    def add(self, stream: Stream) -> None:
        """Look at the stream whenever it is due, from now on."""
        self._open.add(stream)
        self._plan(stream)

    def remove(self, stream: Stream) -> None:
        """Forget a stream that has ended."""
        self._open.discard(stream)
        self._writing.pop(stream, None)

    def begins_writing(self, stream: Stream) -> None:
        """Note that the server is given bytes, and may keep the stream waiting."""
        self._writing[stream] = time.monotonic()

    def has_written(self, stream: Stream) -> None:
        """Note that the server has taken them."""
        self._writing.pop(stream, None)

    def turn(self, now: float, write_timeout_seconds: float) -> None:
        """Look at what is due at `now`, by the monotonic clock."""
        due = []
        while self._due and self._due[0][0] <= now:
            due.append(heapq.heappop(self._due)[2])
        for reference in due:
            stream = reference()
            if stream is not None and stream in self._open:
                stream.on_tick(now)
                self._plan(stream)
        for stream, since in list(self._writing.items()):
            if now - since > write_timeout_seconds:
                stream.give_up()

    def _plan(self, stream: Stream) -> None:
        if not stream.ending:
            heapq.heappush(self._due, (stream.due_at, next(self._numbers), weakref.ref(stream)))
