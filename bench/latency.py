"""`latency`: from a change in the mailbox to its event on the stream."""

import time
from collections.abc import Callable, Iterator

from bench.browser import Browser, Frame, Stream
from bench.choices import Choices
from bench.google import Google
from bench.stack import Stack
from bench.table import Table, median, percentile

MAILBOXES = 10
CHANGES = 60
GAP_SECONDS = 0.2  # so each mailbox changes every 2 s: Gmail drops notifications above one a second
LIMIT_SECONDS = 20.0


def run(choices: Choices) -> list[Table]:
    """New mails, then label changes, one after the other over ten mailboxes of one user."""
    emails = [f"box{number}@gmail.example" for number in range(MAILBOXES)]
    table = Table(
        f"latency: milliseconds from the change in the mailbox to the event on the stream ({choices.database})",
        ["change", "changes", "median", "p95", "missing"],
        notes=[
            f"{CHANGES} of each kind, one each {GAP_SECONDS} s; one web, {choices.workers} worker(s). From before the "
            "call that changes the mailbox until the frame is read: notification, push, webhook, wake-up, "
            "history.list (and messages.get for a new mail), the commit, Redis, the stream.",
            "Google's own part (Gmail to Pub/Sub to the webhook) is not in it.",
        ],
    )
    with Stack(choices.database, workers=choices.workers) as stack:
        browser = Browser(stack)
        with browser.stream() as stream:
            for email in emails:
                stack.google.create_mailbox(email, 0)
                stack.google.deliver(email, count=10)
                browser.connect(email)
            stream.wait_connected({*emails}, 60)
            time.sleep(4)  # the trailing reads of what connecting pushed
            for name, event, change in KINDS:
                taken = [change(stack.google, emails, number) for number in _paced()]
                came = found(stream, event, {message_id for message_id, _ in taken})
                lags = [(came[message_id] - at) * 1000 for message_id, at in taken if message_id in came]
                table.add(name, CHANGES, median(lags), percentile(lags, 95), CHANGES - len(lags))
    return [table]


def _new_mail(google: Google, emails: list[str], number: int) -> tuple[str, float]:
    at = time.monotonic()
    return google.deliver(emails[number % MAILBOXES])[0], at


def _read(google: Google, emails: list[str], number: int) -> tuple[str, float]:
    email = emails[number % MAILBOXES]
    message_id = google.unread_ids(email)[0]
    at = time.monotonic()
    google.change(email, message_id, "modify", remove=["UNREAD"])
    return message_id, at


KINDS: list[tuple[str, str, Callable[[Google, list[str], int], tuple[str, float]]]] = [
    ("1 new mail", "message.added", _new_mail),
    ("1 read", "message.changed", _read),
]


def _paced() -> Iterator[int]:
    """Count the changes, each when it is its turn, however long the last one took."""
    began = time.monotonic()
    for number in range(CHANGES):
        time.sleep(max(0.0, began + number * GAP_SECONDS - time.monotonic()))
        yield number


def found(stream: Stream, event: str, ids: set[str]) -> dict[str, float]:
    """When the event of each of these messages came first."""

    def among(frames: list[Frame]) -> dict[str, float]:
        mine = [frame for frame in frames if frame.event == event and frame.data["message"]["id"] in ids]
        return {frame.data["message"]["id"]: frame.at for frame in reversed(mine)}

    stream.wait_for(lambda frames: len(among(frames)) == len(ids), LIMIT_SECONDS)
    return among(stream.frames)
