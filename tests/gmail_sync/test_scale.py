"""A hundred thousand mailboxes: what runs each second and on each push touches few rows, by an index (claims.py)."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from gmail_sync import status
from gmail_sync.announced import Announced, note
from gmail_sync.claims import claim_due
from gmail_sync.models import GmailAccount, SkippedMessage

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MAILBOXES = 100_000
LOST = 5_000  # whose consent has ended; they stay due for ever
CLAIMS = 16  # the threads of a worker

# Polled within ten minutes each, in five or more, so that none is due; some are in a worker's hands, some wait after
# an error.
COLUMNS = {
    "email": "'box' || n || '@gmail.example'",
    "google_sub": "'sub' || n",
    "state": f"CASE WHEN n <= {LOST} THEN 'reauth_required' ELSE 'connected' END",
    "next_sync_at": f"now() + interval '1 second' * CASE WHEN n <= {LOST} THEN -n ELSE n % 300 + 300 END",
    "retry_at": "CASE WHEN n % 97 = 0 THEN now() + interval '1 hour' END",
    "claim_expires_at": "CASE WHEN n % 1000 = 0 THEN now() + interval '20 seconds' END",
    "credentials": "repeat('x', 500)",
}


def fill() -> None:
    """One row through the model, and copies of it."""
    account = GmailAccount.objects.create(email="first@gmail.example", google_sub="first", history_id=1_000)
    user = User.objects.create_user("ann")  # a member of all of them
    names = [str(field.column) for field in GmailAccount._meta.concrete_fields if not field.primary_key]
    values = ", ".join(COLUMNS.get(name, name) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO gmail_sync_gmailaccount ({', '.join(names)}) SELECT {values} "
            f"FROM generate_series(1, {MAILBOXES}) AS n, gmail_sync_gmailaccount WHERE id = {account.pk}"
        )
        cursor.execute(
            "INSERT INTO gmail_sync_gmailaccount_users (gmailaccount_id, user_id) "
            f"SELECT id, {user.pk} FROM gmail_sync_gmailaccount WHERE id <> {account.pk}"
        )
        some = GmailAccount.objects.values_list("pk", flat=True)[:LOST]
        SkippedMessage.objects.bulk_create(SkippedMessage(account_id=pk, gmail_id="1") for pk in some)
        for table in ("gmailaccount", "gmailaccount_users", "skippedmessage"):
            cursor.execute(f"ANALYZE gmail_sync_{table}")


@pytest.fixture(scope="module", autouse=True)
def mailboxes(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Fill the tables once. Rows that are taken back stay in their files: each fill would slow down all later tests."""
    if connection.vendor != "postgresql":
        pytest.skip("the plans are PostgreSQL's")
    with django_db_blocker.unblock():
        fill()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE auth_user, gmail_sync_gmailaccount CASCADE")


def plan_of(run: Callable[[], object], statement: str) -> list[dict[str, Any]]:
    """Return the nodes of the plan with which the first such statement of `run` is executed."""
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        run()
        transaction.set_rollback(True)
    sql = next(query["sql"] for query in queries if query["sql"].lstrip().startswith(statement))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        answer = cursor.fetchall()[0][0]
    return list(nodes((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from nodes(inner)


def rows_read(plan: list[dict[str, Any]]) -> int:
    """Rows that the scans have looked at; there must be no scan of the whole table."""
    scans = [node for node in plan if "Scan" in node["Node Type"] and node["Node Type"] != "CTE Scan"]
    assert scans
    assert not [n["Relation Name"] for n in scans if n["Node Type"] == "Seq Scan" and n["Actual Loops"]], plan
    return int(sum((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in scans))


def claim() -> int:
    return len(claim_due(CLAIMS, threading.Event()))


def test_it_looks_for_due_mailboxes_without_reading_those_that_are_not() -> None:
    assert rows_read(plan_of(claim, "WITH")) <= 10


@pytest.mark.parametrize("nth", range(3))
def test_it_sees_without_reading_all_whether_a_clock_was_set_back(nth: int) -> None:
    asleep = 'SET "next_sync_at"', 'SET "retry_at"', 'SET "claim_expires_at"'
    statement = f'UPDATE "gmail_sync_gmailaccount" {asleep[nth]}'
    assert rows_read(plan_of(GmailAccount.objects.wake_far, statement)) <= 10


def test_it_sees_without_reading_all_whose_history_is_away() -> None:
    away = GmailAccount.objects.filter(history_away_since__isnull=False)
    assert rows_read(plan_of(away.count, "SELECT COUNT")) <= 10


def test_it_sees_without_reading_all_whether_a_mailbox_fails() -> None:
    plan = plan_of(status.mailboxes_state, 'SELECT 1 AS "a" FROM "gmail_sync_gmailaccount"')
    assert rows_read(plan) <= 10


def test_it_sees_without_reading_all_how_the_watches_fare() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gmail_sync_gmailwatch (account_id, topic, state, wanted, expires_at, last_error) "
            "SELECT id, '', 'active', true, now() + interval '6 days', '' FROM gmail_sync_gmailaccount"
        )
        cursor.execute("ANALYZE gmail_sync_gmailwatch")
    assert status.push_state() == "ok"
    assert rows_read(plan_of(status.push_state, "SELECT 1")) <= 2 * LOST


def test_it_marks_a_pushed_mailbox_by_its_address() -> None:
    email = f"box{MAILBOXES}@gmail.example"
    plan = plan_of(lambda: note({email: Announced(2_000)}), "WITH")
    assert rows_read(plan) == 2  # to lock it, and to write it


def test_it_claims_the_longest_due_without_reading_the_others() -> None:
    """Run last: the index keeps for a while the rows that this test wrote and took back."""
    waiting = GmailAccount.objects.filter(Q(retry_at=None), Q(claim_expires_at=None), state="connected")
    waiting.update(next_sync_at="2020-01-01T00:00:00Z")
    assert claim() == CLAIMS
    assert (
        rows_read(plan_of(claim, "WITH")) <= 5 * CLAIMS
    )  # to find and lock them, to write them, and two looks at who sees them
