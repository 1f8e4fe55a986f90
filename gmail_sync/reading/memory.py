"""Mail that was read lately, in this process and nowhere else: no body is stored (docs/adr/0035).

An entry lives for five minutes, whether or not anybody asks; all together hold at most 64 MB.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from gmail_sync.reading.parts import Mail

SECONDS = 300.0
MOST_BYTES = 64 << 20
LEAST_BYTES = 2_000  # what an entry costs beside its octets

Key = tuple[int, str]  # the mailbox and the message


@dataclass(frozen=True)
class _Entry:
    mail: Mail
    size: int
    until: float


class Memory:
    """Mails by mailbox and message, the oldest first. Threads may share it."""

    def __init__(self, seconds: float = SECONDS, most: int = MOST_BYTES) -> None:
        self._seconds, self._most = seconds, most
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Mail | None:
        """Return the mail if it was read in the last five minutes."""
        with self._lock:
            entry = self._entries.get(key)
            return entry.mail if entry and entry.until > time.monotonic() else None

    def put(self, key: Key, mail: Mail) -> None:
        """Keep the mail, and forget the oldest ones above the limit."""
        size = LEAST_BYTES + sum(len(part.octets or b"") for part in mail.parts.values())
        with self._lock:
            self._forget([key])
            self._entries[key] = _Entry(mail, size, time.monotonic() + self._seconds)
            self._size += size
            while self._size > self._most:
                self._forget([next(iter(self._entries))])
            self._wait()

    def forget_mailboxes(self, account_ids: Collection[int]) -> None:
        """Forget all mail of these mailboxes."""
        with self._lock:
            self._forget([key for key in self._entries if key[0] in account_ids])

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._forget(list(self._entries))

    def _forget(self, keys: list[Key]) -> None:
        for key in keys:
            if entry := self._entries.pop(key, None):
                self._size -= entry.size

    def _wait(self) -> None:
        if self._timer is None and self._entries:
            until = next(iter(self._entries.values())).until
            self._timer = threading.Timer(max(0.0, until - time.monotonic()), self._expire)
            self._timer.daemon = True
            self._timer.start()

    def _expire(self) -> None:
        with self._lock:
            self._timer = None
            now = time.monotonic()
            self._forget([key for key, entry in self._entries.items() if entry.until <= now])
            self._wait()


memory = Memory()
