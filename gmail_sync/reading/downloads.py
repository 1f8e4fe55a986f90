"""Large files on their way to people. Each is whole in this process's memory until its reader has taken it, however
slowly: so there are few at a time, two of one person's, and none for ever. What is small waits for none of them.
"""

import asyncio
import threading
import time
import weakref
from collections.abc import AsyncIterator

from gmail_sync.reading.threads import release_connection

LARGE_BYTES = 2 << 20  # a picture is mostly smaller
MOST = 4  # of some 35 MB
MOST_OF_ONE = 2
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.5  # one whose reader went away before it began is found by looking
LONGEST_SECONDS = 600.0  # 35 MB at 60 kB a second
PIECE_BYTES = 1 << 16


class Download:
    """One place among the downloads, until it is closed; with its octets it is a response's content."""

    def __init__(self, user_id: int, longest: float) -> None:
        self.user_id, self._until, self._closed = user_id, time.monotonic() + longest, False
        self.octets = b""

    @property
    def is_on_its_way(self) -> bool:
        """Tell whether it still has its place."""
        return not self._closed and time.monotonic() < self._until

    def close(self) -> None:
        """Give the place to the next one."""
        self._closed, self.octets = True, b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the octets in pieces; a reader who has not taken all of them in time is cut off."""
        task, octets = asyncio.current_task(), self.octets
        left = self._until - time.monotonic()
        timer = asyncio.get_running_loop().call_later(left, task.cancel) if task else None
        try:
            for begin in range(0, len(octets), PIECE_BYTES):
                yield octets[begin : begin + PIECE_BYTES]
        finally:
            if timer:
                timer.cancel()


class Downloads:
    """The places of one process. Threads may share it."""

    def __init__(self, longest: float = LONGEST_SECONDS, wait: float = WAIT_SECONDS) -> None:
        self._longest, self._wait = longest, wait
        self._lock = threading.Lock()
        self._begun: weakref.WeakSet[Download] = weakref.WeakSet()  # of a request that went away nothing is left

    def begin(self, user_id: int) -> Download | None:
        """Take a place for the user, or None if there is none for ten seconds."""
        until = time.monotonic() + self._wait
        while (download := self._take(user_id)) is None and (left := until - time.monotonic()) > 0:
            release_connection()
            time.sleep(min(left, LOOK_SECONDS))
        return download

    def _take(self, user_id: int) -> Download | None:
        with self._lock:
            going = [download.user_id for download in self._begun if download.is_on_its_way]
            if len(going) >= MOST or going.count(user_id) >= MOST_OF_ONE:
                return None
            download = Download(user_id, self._longest)
            self._begun.add(download)
            return download


downloads = Downloads()
