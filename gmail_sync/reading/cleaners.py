"""Have mail cleaned for many readers at once: within a second, or shown as its text (docs/adr/0045).

Two processes clean, and large mails share one of them: whatever they cost, small ones go on being cleaned. Nobody waits
long for a process. A mail that was too much for one is not tried again for a while.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b

from gmail_sync.reading.cleaning import START_SECONDS, Cleaning, TooMuch
from gmail_sync.reading.rendering import BUSY, TOO_HARD, Rendered, Source, render_in_haste

PROCESSES = 2
LARGE = 100_000  # characters; what costs much is mostly longer
WAIT_SECONDS = 0.3  # for a process, or for its start: with a mail's own 0.6 s it is less than a second
STARVED_SECONDS = 0.06  # of the processor: with less a mail has proven nothing
RETRY_SECONDS = 3  # for the layout of a mail that found no process
REMEMBERED_SECONDS = 600.0
MOST_REMEMBERED = 1_000  # of 16 bytes each


class TooMuchLately:
    """Marks of mails that brought a process to an end: nothing of a mail can be had from them."""

    def __init__(self, seconds: float = REMEMBERED_SECONDS, most: int = MOST_REMEMBERED) -> None:
        self._seconds, self._most = seconds, most
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, mark: bytes) -> None:
        """Remember the mark, and forget the oldest ones above the limit."""
        with self._lock:
            self._until.pop(mark, None)
            self._until[mark] = time.monotonic() + self._seconds
            while len(self._until) > self._most:
                self._until.popitem(last=False)

    def __contains__(self, mark: bytes) -> bool:
        with self._lock:
            return self._until.get(mark, 0.0) > time.monotonic()

    def __len__(self) -> int:
        return len(self._until)


class Cleaners:
    """A few processes that clean. Threads may share it."""

    def __init__(self, processes: int = PROCESSES, wait: float = WAIT_SECONDS) -> None:
        self._all, self._wait = [Cleaning() for _ in range(processes)], wait
        self._taken: list[Cleaning] = []
        self._changed = threading.Condition()
        self._begun = False  # whether one of them has ever been there
        self.too_much = TooMuchLately()

    def render(self, sources: list[Source], addresses: Mapping[str, str], with_pictures: bool) -> Rendered:
        """Render the mail; its texts alone if it is too much, was so lately, or others are cleaned."""
        mark = _mark(sources)
        if mark in self.too_much:
            return render_in_haste(sources, TOO_HARD)
        start = self._wait if self._begun else self._begin()
        large = sum(len(source.html or "") for source in sources) > LARGE
        try:
            with self._one_free(large) as cleaning:
                rendered = cleaning.clean(sources, addresses, with_pictures, start)
        except TooMuch as much:
            if much.cpu_seconds < STARVED_SECONDS and not large:  # the machine had other work
                return render_in_haste(sources, BUSY, RETRY_SECONDS)
            self.too_much.add(mark)
            return render_in_haste(sources, TOO_HARD)
        except OSError:  # no process, or none in time
            return render_in_haste(sources, BUSY, RETRY_SECONDS)
        self._begun = True
        return rendered

    def close(self) -> None:
        """End the processes."""
        for cleaning in self._all:
            cleaning.close()

    def _begin(self) -> float:
        """Begin all processes. Returns how long to wait for one: until one has been there, there is none to spare."""
        for cleaning in self._all:
            cleaning.begin()
        return START_SECONDS

    @contextmanager
    def _one_free(self, large: bool) -> Iterator[Cleaning]:
        """Hold a process. Raises TimeoutError."""
        with self._changed:
            cleaning = self._changed.wait_for(lambda: self._pick(large), self._wait)
            if cleaning is None:
                raise TimeoutError
            self._taken.append(cleaning)
        try:
            yield cleaning
        finally:
            with self._changed:
                self._taken.remove(cleaning)
                self._changed.notify_all()

    def _pick(self, large: bool) -> Cleaning | None:
        """Return a free process: of large mails the first one, which small ones have only while it is there."""
        first, others = self._all[:1], self._all[1:]
        own = first if large or not others else others + [one for one in first if one.is_there]
        free = [one for one in own if one not in self._taken]
        return max(free, key=lambda one: one.is_there, default=None)


def _mark(sources: list[Source]) -> bytes:
    """Return what the HTML of a mail is known by."""
    digest = blake2b(digest_size=16)
    for source in sources:
        html = (source.html or "").encode("utf-8", "replace")
        digest.update(len(html).to_bytes(8) + html)
    return digest.digest()
