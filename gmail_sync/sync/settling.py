"""Decide whether a read of the history is settled, or when to read again (RULES R3). Pure.

Gmail notifies before it lists, and its answer's own historyId may be ahead of its list: so the cursor passes only what
was listed, and a read that does not reach what was announced is repeated.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

REPEAT_SECONDS = [1, 3, 8, 30]  # how long Gmail may take to list what it has announced
QUIET = timedelta(seconds=60)  # after the last push: what Gmail knows by then, it lists
# Gmail drops notifications above one a second, so that a push may stand for a later change, too: one more read follows.
TRAILING_SECONDS = 3  # with time for Gmail to list it
DROPPED_SECONDS = 1  # by then it has happened, and is mostly listed: a page that is open does not wait for the rest


@dataclass(frozen=True)
class Read:
    """A read of the history, in historyIds."""

    start: int  # where the cursor was
    reached: int  # where it is now: the last record that was listed
    target: int  # the newest push that was known when the read began
    newest: int  # of Gmail's last answer

    @property
    def pushed(self) -> bool:
        """Tell whether a push had announced something new."""
        return self.target > self.start


@dataclass(frozen=True)
class Position:
    """The mailbox after the read. The times are the database's."""

    repeats: int  # so often it was read again already
    message_missing: bool  # one was listed and could not be fetched yet
    asked_again: bool  # since the claim, which makes the mailbox due at once
    pushed_at: datetime | None
    claimed_at: datetime
    now: datetime
    page_open: bool  # of somebody who sees the mailbox


@dataclass(frozen=True)
class ReadAgain:
    """More may be listed late."""

    after_seconds: int


@dataclass(frozen=True)
class Settled:
    """All is read that there is."""

    trailing_after: float | None  # seconds, if a push came so recently that Gmail may have dropped the next one


@dataclass(frozen=True)
class Believe(Settled):
    """Settled by waiting: the cursor moves to Gmail's own historyId, since mail would have been listed by now."""

    history_id: int
    awaited: int  # stands in for the announced historyId: one beyond what Gmail knows is not awaited for ever


@dataclass(frozen=True)
class Astray:
    """Gmail's own historyId lies before the cursor, and not for a moment: no change will ever come behind that."""


def decide(read: Read, position: Position) -> ReadAgain | Settled | Astray:
    """Return what follows from the read: another one, the end, or the end and belief in the answer's historyId."""
    if read.newest < read.start:  # a server of Gmail's that lags behind, or a mailbox whose history began anew
        return repeat(position.repeats) or Astray()
    quiet = position.pushed_at is None or position.pushed_at <= position.now - QUIET
    complete = read.reached >= (max(read.target, read.newest) if quiet else read.target)
    again = repeat(position.repeats)
    if again and (position.message_missing or not complete):
        return again
    trailing = trailing_after(position.pushed_at, position.claimed_at, position.now, position.page_open)
    if complete or position.asked_again:
        return Settled(trailing)
    return Believe(trailing, read.newest, min(read.target, read.newest))


def repeat(repeats: int) -> ReadAgain | None:
    """Return when to read once more after so many repeats; None once the wait was long enough."""
    return None if is_last(repeats) else ReadAgain(REPEAT_SECONDS[repeats])


def is_last(repeats: int) -> bool:
    """Tell whether no other read follows soon that could find what this one did not."""
    return repeats >= len(REPEAT_SECONDS)


def trailing_after(
    pushed_at: datetime | None, claimed_at: datetime, now: datetime, page_open: bool = False
) -> float | None:
    """Return in how many seconds one more read has to follow a read that began at the claim; None: none has to.

    One has to if the last push came within three seconds before the claim, or since. For an open page the first such
    read begins one second after the push.
    """
    if pushed_at is None or pushed_at <= claimed_at - timedelta(seconds=TRAILING_SECONDS):
        return None
    happened_by = pushed_at + timedelta(seconds=DROPPED_SECONDS)
    if page_open and claimed_at < happened_by:
        return min(max((happened_by - now).total_seconds(), 0.0), TRAILING_SECONDS)
    return TRAILING_SECONDS
