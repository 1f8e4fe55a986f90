"""`mail`: what one new mail costs a worker: CPU, statements, commits that write, with the read that trails it."""

import time
from collections.abc import Callable

from bench import statements
from bench.choices import Choices
from bench.processes import wait_until
from bench.seed import connect_many
from bench.stack import Stack
from bench.table import Table, median

MAILS = 30
GAP_SECONDS = 0.5  # each mail is alone: no claim takes two mailboxes
TRAILING_SECONDS = 4.0
EVENTS = "SELECT count(*) FROM realtime_storedevent WHERE type = 'message.added'"


def run(choices: Choices) -> list[Table]:
    """Deliver mails one by one to mailboxes of their own; the same time without a mail is taken off."""
    table = Table(
        f"mail: one new mail, pushed, with its trailing read (postgres, median of {choices.runs} runs)",
        ["mails", "worker CPU ms a mail", "statements", "commits that write", "checks of connections"],
        notes=[
            "By PostgreSQL's own log of statements; BEGIN and COMMIT are counted as two. The look each "
            "second, which a worker takes without any mail too, is taken off. CPU is higher than in `sync`, where a "
            "worker is full and many mails share a look.",
        ],
    )
    mails = 3 if choices.small else MAILS
    emails = [f"box{number}@gmail.example" for number in range(mails)]
    with Stack("postgres", apart="worker", named=True) as stack:
        connect_many(stack, emails, watched=True)
        wait_until(lambda: stack.google.sim("GET", "health")["pushes_waiting"] == 0, 60, "the watches' notifications")
        time.sleep(TRAILING_SECONDS)
        statements.listen(stack)
        _round(stack, emails)  # the first one builds the client library
        measured = [_difference(stack, emails) for _ in range(choices.runs)]
    cpu, *counts = (median(column) / mails for column in zip(*measured, strict=True))
    table.add(mails, 1000 * cpu, *counts)
    return [table]


def _difference(stack: Stack, emails: list[str]) -> list[float]:
    busy, seconds = _round(stack, emails)
    rest = _spent(stack, lambda: time.sleep(seconds))
    return [one - other for one, other in zip(busy, rest, strict=True)]


def _round(stack: Stack, emails: list[str]) -> tuple[list[float], float]:
    known = stack.database.query(EVENTS)[0][0]
    began = time.monotonic()

    def deliver() -> None:
        for email in emails:
            stack.google.deliver(email)
            time.sleep(GAP_SECONDS)
        wait_until(lambda: stack.database.query(EVENTS)[0][0] == known + len(emails), 60, "all events")
        time.sleep(TRAILING_SECONDS)

    return _spent(stack, deliver), time.monotonic() - began


def _spent(stack: Stack, work: Callable[[], None]) -> list[float]:
    since, cpu = statements.mark(stack), stack.cpu_seconds("worker0")
    work()
    cpu = stack.cpu_seconds("worker0") - cpu
    found = statements.asked(stack, "worker0", since)
    return [cpu, found.statements, found.writing_commits, found.checks]
