"""What waits for Supabase: one message a topic, which grows while an earlier one to the same topic is under way."""

from collections import deque

from realtime.transport.supabase.relay import Broadcast

WAITING_LIMIT = 10_000  # topics
WAITING_BYTES = 8_000_000  # of frames; beyond it messages wait without theirs
MERGED_BYTES = 16_384  # of frames; more is quicker read from the log


class Waiting:
    """A queue of the machine (sender.py): one send takes one topic, and no topic is in two of them."""

    def __init__(self) -> None:
        self.bytes = 0
        self._waiting: dict[str, Broadcast] = {}  # by secret
        self._under_way: set[str] = set()
        self._ready: deque[str] = deque()  # waiting, and not under way

    def __len__(self) -> int:
        return len(self._ready)

    def put(self, message: Broadcast) -> bool:
        """Take the message; False if there are too many topics."""
        known = self._waiting.get(message.secret)
        if known is None and len(self._waiting) >= WAITING_LIMIT:
            return False
        merged = merge(known, message) if known else message
        size = len(known.frames) if known else 0
        if self.bytes - size + len(merged.frames) > WAITING_BYTES:
            merged = merged._replace(frames=b"")
        self.bytes += len(merged.frames) - size
        self._waiting[message.secret] = merged
        if known is None and message.secret not in self._under_way:
            self._ready.append(message.secret)
        return True

    def take(self) -> list[Broadcast]:
        """Return the message of the topic that waits longest, if any may go."""
        if not self._ready:
            return []
        secret = self._ready.popleft()
        message = self._waiting.pop(secret)
        self.bytes -= len(message.frames)
        self._under_way.add(secret)
        return [message]

    def release(self, sent: list[Broadcast]) -> None:
        """Let what has come for these topics meanwhile go next."""
        for secret in {message.secret for message in sent}:
            self._under_way.discard(secret)
            if secret in self._waiting:
                self._ready.append(secret)


def merge(earlier: Broadcast, later: Broadcast) -> Broadcast:
    """Say both at once. A farewell silences both sides; of two epochs the earlier one is over.

    Commits are announced by many threads: which of the two was said first proves nothing.
    """
    if earlier.bye or later.bye:
        return earlier if earlier.bye else later
    presence = later.presence or earlier.presence
    if not (earlier.last and later.last):
        return (later if later.last else earlier)._replace(presence=presence)
    if earlier.epoch != later.epoch:
        return later._replace(presence=presence)
    low, high = sorted((earlier, later), key=lambda one: one.first)
    frames = low.frames + high.frames
    whole = low.frames and high.frames and high.first == low.last + 1 and len(frames) <= MERGED_BYTES
    oldest = min(earlier.committed_at, later.committed_at)
    last = max(low.last, high.last)
    return low._replace(last=last, frames=frames if whole else b"", committed_at=oldest, presence=presence)
