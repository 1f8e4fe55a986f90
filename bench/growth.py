"""`growth`: whether 100,000 mailboxes cost more than 100 do: rows and buffers that each piece of work reads."""

import time
from collections.abc import Callable
from functools import partial

from bench.choices import Choices
from bench.crowd.product import Product
from bench.processes import wait_until
from bench.seed import connect_many
from bench.senders import Signer, post, push_body, send_for
from bench.stack import PUSH_SERVICE_ACCOUNT, SUBSCRIPTION, Stack
from bench.table import Table

SIZES = [100, 100_000]
OWN = 10  # mailboxes that something happens to
MAILS = 3  # in every mailbox
LOOK_SECONDS = 5
ASLEEP_SECONDS = 7_200  # are the others; longer than a poll would look like a clock that was set back
# Rows of a table again and again, each with what must differ. They are nobody's: what happens to one of ours must
# not find them.
_COPY = """
    INSERT INTO {table} SELECT made.*
    FROM (SELECT to_jsonb(first) AS one FROM {table} AS first ORDER BY id LIMIT 1) AS seed,
        generate_series(1, {count}) AS n, LATERAL jsonb_populate_record(NULL::{table}, one || {changes}) AS made
"""
_COPIES = {
    "auth_user": "jsonb_build_object('id', 10000 + n, 'username', 'other' || n)",
    "gmail_sync_gmailaccount": "jsonb_build_object('id', 10000 + n, 'email', 'other' || n || '@gmail.example', "
    "'google_sub', 'other' || n)",
    "gmail_sync_gmailwatch": "jsonb_build_object('id', 10000 + n, 'account_id', 10000 + n)",
    "gmail_sync_gmailaccount_users": "jsonb_build_object('id', 10000 + n, 'gmailaccount_id', 10000 + n, "
    "'user_id', 10000 + n)",
}
_MESSAGES = (
    "jsonb_build_object('id', 1000000 + n, 'account_id', 10000 + (n - 1) / {mails} + 1, 'gmail_id', 'other' || n)"
)


def run(choices: Choices) -> list[Table]:
    """Fill a database, let the processes work, and read PostgreSQL's counts; once a size, since counts hardly vary."""
    sizes = [20, 200] if choices.small else SIZES
    measured = [_measure(size) for size in sizes]
    table = Table(
        f"growth: rows and buffers that are read, with {sizes[0]:,} and {sizes[1]:,} mailboxes (postgres)",
        ["work", *(f"{what}, {size:,}" for what in ("rows", "buffers") for size in sizes), "ratio of buffers"],
        notes=[
            "By pg_stat_user_tables and pg_statio_user_tables, all tables and their indexes. A deeper index is one "
            "buffer more a descent; what grows with the mailboxes shows as a ratio far above that.",
        ],
    )
    for name in measured[0]:
        (rows, buffers), (more_rows, more_buffers) = (one[name] for one in measured)
        table.add(name, rows, more_rows, buffers, more_buffers, more_buffers / buffers if buffers else None)
    return [table]


def _measure(size: int) -> dict[str, tuple[float, float]]:
    signer = Signer()
    with (
        signer.certs() as certs,
        Stack(
            "postgres", env={"PUBSUB_CERTS_URL": certs, "SYNC_POLL_SILENT_SECONDS": str(2 * ASLEEP_SECONDS)}
        ) as stack,
        Product(stack) as product,
    ):
        emails = [f"box{number}@gmail.example" for number in range(OWN)]
        connect_many(stack, emails, watched=False)
        session = product.ask("sign_in", username=emails[0])
        for email in emails:
            stack.google.deliver(email, count=MAILS)
        _sync(stack, emails)
        _fill(stack, size - OWN)
        token = signer.token(stack.env["PUBSUB_PUSH_AUDIENCE"], PUSH_SERVICE_ACCOUNT)
        return _work(stack, emails, f"{session['cookie']}={session['key']}", token)


def _work(stack: Stack, emails: list[str], cookie: str, token: str) -> dict[str, tuple[float, float]]:
    """Rows and buffers of each piece of work; the first page of all reads the catalogue, and is not counted."""

    def pages() -> None:
        for _ in emails:
            _page(stack, cookie)

    def push() -> None:
        for email in emails:
            body = push_body(email, stack.google.head(email), SUBSCRIPTION)
            send_for(0, stack.web_address, 1, partial(post, stack.web_address, token, body), 204)
        _quiet(stack)

    def mail() -> None:
        for email in emails:
            stack.google.deliver(email)
        push()

    pages()
    idle = _reads(stack, lambda: time.sleep(LOOK_SECONDS))
    found = {"a second of a worker at rest": (idle[0] / idle[2], idle[1] / idle[2])}
    works = {"an inbox page": pages, "a stale push and its read": push, "a push of a new mail, synced": mail}
    for name, work in works.items():
        rows, buffers, seconds = _reads(stack, work)
        rest = seconds / idle[2]
        found[name] = ((rows - rest * idle[0]) / OWN, (buffers - rest * idle[1]) / OWN)
    return found


def _page(stack: Stack, cookie: str) -> None:
    answer = stack.google.http.get(f"{stack.url}/", headers={"Cookie": cookie})
    assert answer.status_code == 200, f"the page answered {answer.status_code}"


def _sync(stack: Stack, emails: list[str]) -> None:
    stack.manage("sync_accounts")
    _quiet(stack)
    (stored,) = stack.database.query("SELECT count(*) FROM gmail_sync_message")[0]
    assert stored == MAILS * len(emails), f"{stored} messages"


def _quiet(stack: Stack) -> None:
    """Wait until no mailbox is due, claimed, or soon to be read again."""
    busy = stack.database.watcher(
        "SELECT count(*) FROM gmail_sync_gmailaccount WHERE id < 10000 "  # by the index: what it reads is counted
        "AND (claim_expires_at > now() OR next_sync_at < now() + interval '30 seconds')"
    )
    wait_until(lambda: busy()[0][0] == 0, 60, "the syncs")


def _fill(stack: Stack, others: int) -> None:
    query = stack.database.query
    for table, changes in _COPIES.items():
        query(_COPY.format(table=table, changes=changes, count=others))
    count = others * MAILS
    query(_COPY.format(table="gmail_sync_message", changes=_MESSAGES.format(mails=MAILS), count=count))
    query(f"UPDATE gmail_sync_gmailaccount SET next_sync_at = now() + interval '{ASLEEP_SECONDS} seconds'")
    stack.database.query_outside("VACUUM ANALYZE")


def _reads(stack: Stack, work: Callable[[], object]) -> tuple[float, float, float]:
    """Rows and buffers that all processes read while the work was done, and the seconds of that."""
    rows, buffers = stack.database.reads()
    began = time.monotonic()
    work()
    more_rows, more_buffers = stack.database.reads()
    return more_rows - rows, more_buffers - buffers, time.monotonic() - began
