"""`sync`: what one worker reads a second, beside the bare calls, and how far behind it is when all mailboxes move."""

import time

from bench import bare, lag
from bench.choices import Choices
from bench.cores import sharing
from bench.processes import wait_until
from bench.seed import connect_many
from bench.stack import Stack
from bench.table import Table, median

MAILBOXES = 50
THREADS = 16  # of one worker
LIMIT_SECONDS = 60.0
ACCOUNTS = "gmail_sync_gmailaccount"


def run(choices: Choices) -> list[Table]:
    """Measure a backlog that waits for an idle worker, then the lag under a steady load."""
    return [_backlog(choices), lag.measure(choices)]


def _backlog(choices: Choices) -> Table:
    table = Table(
        f"sync: a backlog of {MAILBOXES} mailboxes, {choices.workers} worker(s) "
        f"({choices.database}, median of {choices.runs} runs)",
        [
            "waiting in each mailbox",
            "changes a second",
            "mailboxes a second",
            "ratio to the bare calls",
            "worker CPU ms a change",
            "bare CPU ms a change",
            "simulator CPU ms a change",
        ],
        notes=[
            f"Bare calls: history.list, the batches of messages.get and labels.get by httplib2 in {THREADS} threads, "
            "nothing parsed but the ids and nothing stored; right after the worker, in the same run. At 1 all but the "
            "calls would be free.",
            "From the first claim to the last mailbox stored, the inbox counts (labels.get) and all events included.",
            *sharing(choices.workers),
        ],
    )
    emails = [f"box{number}@gmail.example" for number in range(MAILBOXES)]
    with Stack(choices.database, apart="worker", env={"GMAIL_PUBSUB_TOPIC": ""}, workers=choices.workers) as stack:
        tokens = connect_many(stack, emails, watched=False)
        _one_run(stack, emails, tokens, 1)  # the first one builds the client library
        for changes in (1, 20):
            measured = [_one_run(stack, emails, tokens, changes) for _ in range(choices.runs)]
            seconds, bare_seconds, *cpu = zip(*measured, strict=True)
            total = MAILBOXES * changes
            ratio = median([one / other for one, other in zip(bare_seconds, seconds, strict=True)])
            figures = [median(spent) * 1000 / total for spent in cpu]
            table.add(changes, total / median(seconds), MAILBOXES / median(seconds), ratio, *figures)
    return table


def _one_run(stack: Stack, emails: list[str], tokens: dict[str, str], changes: int) -> tuple[float, ...]:
    """Seconds of the worker and of the bare calls; CPU of the worker, of the bare calls and of the simulator."""
    google, cpu = stack.google, stack.cpu_seconds
    cursors = {email: google.head(email) for email in emails}
    heads = {}
    for email in emails:
        google.deliver(email, count=changes)
        heads[email] = google.head(email)
    worker, simulator = cpu(*stack.workers), cpu("simulator")
    seconds = _time_worker(stack, heads)
    worker, simulator = cpu(*stack.workers) - worker, cpu("simulator") - simulator
    began, own = time.monotonic(), time.process_time()
    found = bare.read_all(google.url, cursors, tokens, THREADS)
    assert found == len(emails) * changes, f"{found} messages"
    return seconds, time.monotonic() - began, worker, time.process_time() - own, simulator


def _time_worker(stack: Stack, heads: dict[str, int]) -> float:
    """Make all mailboxes due at once; seconds from the first claim until every cursor is where it belongs."""
    counted = f"SELECT count(*) FROM {ACCOUNTS} WHERE claim_expires_at IS NOT NULL"
    claimed = stack.database.watcher(counted)
    stack.database.query(f"UPDATE {ACCOUNTS} SET next_sync_at = CURRENT_TIMESTAMP, retry_at = NULL")
    wait_until(lambda: claimed()[0][0] > 0, LIMIT_SECONDS, "a claim")
    began = time.monotonic()
    waiting = stack.database.watcher(
        f"SELECT count(*) FROM {ACCOUNTS} WHERE claim_expires_at IS NOT NULL OR next_sync_at <= CURRENT_TIMESTAMP"
    )
    wait_until(lambda: waiting()[0][0] == 0, LIMIT_SECONDS, "the backlog's end")
    seconds = time.monotonic() - began
    stored = dict(stack.database.query(f"SELECT email, history_id FROM {ACCOUNTS}"))
    assert stored == heads, "not everything was stored"
    return seconds
