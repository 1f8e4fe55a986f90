"""The lag of `sync`: many mailboxes that all move, from the change in Gmail to the event in the log."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from bench.choices import Choices
from bench.cores import sharing
from bench.google import Google
from bench.processes import wait_until
from bench.seed import connect_many
from bench.stack import Stack
from bench.table import Table, median, percentile
from launcher.supervisor import Failed

MAILBOXES = 1_000
SECONDS = 30.0
EVERY_SECONDS = [40.0, 10.0]  # each mailbox gets a mail so often
DRIVERS = 4
CATCH_UP_SECONDS = 60.0


def measure(choices: Choices) -> Table:
    """Measure with one web; each change is a new mail, pushed by the simulator."""
    table = Table(
        f"sync: lag of {MAILBOXES:,} mailboxes, one web, {choices.workers} worker(s) "
        f"({choices.database}, one run of {SECONDS:.0f} s each)",
        [
            "a mail each",
            "mails a second",
            "stored a second",
            "lag median s",
            "lag p95 s",
            "not stored",
            "worker CPU ms a mail",
            "web CPU ms a mail",
            "simulator CPU ms a mail",
        ],
        notes=[
            "Lag: from the mail's arrival in the simulator to its event's time in the log. Each mail is a push, two "
            "reads of the history (the second one 3 s later), one messages.get and one labels.get.",
            "Stored a second: while the mails come; where it is below the mails a second, the workers are full and the "
            "lag grows with the length of the run. Not stored: within a minute after the last mail.",
            *sharing(choices.workers),
        ],
    )
    emails = [f"box{number}@gmail.example" for number in range(MAILBOXES)]
    with Stack(choices.database, apart="worker", workers=choices.workers) as stack:
        connect_many(stack, emails, watched=True)
        _wait_pushed(stack.google)
        for every in EVERY_SECONDS:
            table.add(f"{every:.0f} s", *_one_load(stack, emails, every))
    return table


def _one_load(stack: Stack, emails: list[str], every: float) -> list[float]:
    names = (stack.workers, ["web"], ["simulator"])
    before = [stack.cpu_seconds(*some) for some in names]
    known = _events(stack)
    began = time.time()
    with ThreadPoolExecutor(DRIVERS) as drivers:
        parts = drivers.map(lambda part: _drive(stack.google.url, emails[part::DRIVERS], every), range(DRIVERS))
        sent = {message_id: at for part in parts for message_id, at in part}
    ended = time.time()
    count = stack.database.watcher("SELECT count(*) FROM realtime_storedevent WHERE type = 'message.added'")
    with suppress(Failed):  # the table says how many are missing
        wait_until(lambda: count()[0][0] >= len(known) + len(sent), CATCH_UP_SECONDS, "all events")
    time.sleep(4)  # the last trailing reads belong to the price
    stored = _events(stack)
    lags = [stored[message_id] - at for message_id, at in sent.items() if message_id in stored]
    in_time = sum(1 for message_id in sent if stored.get(message_id, ended) < ended)
    after = [stack.cpu_seconds(*some) for some in names]
    spent = [(late - early) * 1000 / len(sent) for early, late in zip(before, after, strict=True)]
    rates = [len(sent) / (ended - began), in_time / (ended - began)]
    return [*rates, median(lags), percentile(lags, 95), len(sent) - len(lags), *spent]


def _drive(url: str, emails: list[str], every: float) -> list[tuple[str, float]]:
    """Send a mail to each mailbox in turn; returns their ids, and when each was sent."""
    google = Google(url)
    began, gap = time.monotonic(), every / len(emails)
    sent = []
    for number in range(int(SECONDS / gap)):
        time.sleep(max(0.0, began + number * gap - time.monotonic()))
        if time.monotonic() > began + SECONDS:
            break
        at = time.time()
        sent.append((google.deliver(emails[number % len(emails)])[0], at))
    return sent


def _events(stack: Stack) -> dict[str, float]:
    """Return the time of each stored mail, by its id."""
    seconds = "extract(epoch FROM created_at)"
    if stack.database.kind == "sqlite":
        seconds = "(julianday(created_at) - 2440587.5) * 86400"
    rows = stack.database.query(f"SELECT payload, {seconds} FROM realtime_storedevent WHERE type = 'message.added'")
    return {json.loads(payload)["message"]["id"]: float(at) for payload, at in rows}


def _wait_pushed(google: Google) -> None:
    """Wait until the watches' own notifications are delivered."""
    wait_until(lambda: google.sim("GET", "health")["pushes_waiting"] == 0, 60, "the watches' notifications")
