"""The kinds of change that `quota` makes, and the least that each can cost."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.google import Google

LIST, GET, COUNT = 2, 20, 1  # units of history.list, messages.get and labels.get
BURST = 100
BURST_MESSAGES = 20


@dataclass(frozen=True)
class Case:
    """A change, how many mails its mailbox begins with, and what it costs at the least.

    The reads that follow a push are apart: `trailing` comes 3 s after it, `looked_at` 1 s after it where a member has a
    page open, as the bench has.
    """

    name: str
    least: int
    make: Callable[[Google, str], object]
    messages: int = 10
    trailing: int = LIST
    looked_at: int = LIST


def _each(count: int, change: str, **what: list[str]) -> Callable[[Google, str], object]:
    def make(google: Google, email: str) -> None:
        for message_id in google.unread_ids(email)[:count]:
            google.change(email, message_id, change, **what)

    return make


def _burst_of_changes(google: Google, email: str) -> None:
    """Each change is pushed, though Gmail itself would drop all but one a second."""
    ids = google.unread_ids(email)[:BURST_MESSAGES]
    label = f"Label_{google.head(email)}"
    for number in range(BURST):
        changed = google.change(email, ids[number % len(ids)], "modify", add=[f"{label}_{number}"])
        google.notify(email, changed)


def _burst_of_one_change(google: Google, email: str) -> None:
    head = google.change(email, google.unread_ids(email)[0], "modify", add=[f"Label_{google.head(email)}"])
    for _ in range(BURST - 1):
        google.notify(email, head)


def _stale_pushes(google: Google, email: str) -> None:
    head = google.head(email)
    for _ in range(BURST):
        google.notify(email, head)


CASES = [
    Case("1 new mail", LIST + GET + COUNT, lambda google, email: google.deliver(email)),
    Case("10 new mails at once", LIST + 10 * GET + COUNT, lambda google, email: google.deliver(email, count=10)),
    Case("1 read", LIST + COUNT, _each(1, "modify", remove=["UNREAD"])),
    Case("20 read at once", LIST + COUNT, _each(20, "modify", remove=["UNREAD"]), messages=100),
    Case("1 starred", LIST, _each(1, "modify", add=["STARRED"])),
    Case("1 archived", LIST + COUNT, _each(1, "modify", remove=["INBOX"])),
    Case("1 to the trash", LIST + COUNT, _each(1, "trash")),
    Case("1 deleted", LIST + COUNT, _each(1, "delete")),
    Case(f"{BURST} changes, {BURST} pushes", LIST, _burst_of_changes, messages=BURST_MESSAGES),
    Case(f"1 change pushed {BURST} times", LIST, _burst_of_one_change),
    Case(f"{BURST} stale pushes", 0, _stale_pushes, looked_at=0),  # the one read comes after that second
]
