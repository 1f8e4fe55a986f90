"""What one new mail costs the database: statements, BEGIN and COMMIT among them, and commits that write."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gmail_sync.claims import claim_due
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.sync.account import sync_account
from gmail_sync.sync.attempt import run_claimed
from tests.support.google.harness import Mailbox, push, sync, told

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")  # a claim begins with WITH


@dataclass(frozen=True)
class Cost:
    """The statements of a piece of work, and how often it made the database write to its disk."""

    statements: int
    writing_commits: int


def cost_of(work: Callable[[], object]) -> Cost:
    """Count what this thread's connection executes."""
    with CaptureQueriesContext(connection) as queries:
        work()
    statements = [query["sql"].lstrip() for query in queries]
    commits, wrote, inside = 0, False, False
    for statement in statements:
        if statement.startswith("BEGIN"):
            inside, wrote = True, False
        elif statement.startswith("COMMIT"):
            inside, commits = False, commits + wrote
        elif statement.startswith(WRITES):
            wrote, commits = True, commits + (not inside)
    return Cost(len(statements), commits)


def work_on_one() -> None:
    """Do what a worker does with the mailbox that is due."""
    (claim,) = claim_due(1, threading.Event())
    assert run_claimed(claim, sync_account).result == "ok"


@pytest.fixture
def proven(gmail: Mailbox, account: GmailAccount) -> GmailAccount:
    """Ann's mailbox, whose pushes are known to arrive; nothing is due."""
    push(account, gmail.history_id)
    sync(account)
    GmailWatch.objects.update(state="active", probe_sent_at=None)
    GmailAccount.objects.update(last_push_at=None, counted_at=None)
    return account


def make_due() -> None:
    GmailAccount.objects.update(next_sync_at="2020-01-01T00:00:00Z")


def test_it_writes_a_new_mail_with_few_statements(gmail: Mailbox, proven: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    push(proven, gmail.history_id)
    assert cost_of(work_on_one) == Cost(statements=12, writing_commits=3)
    make_due()
    assert cost_of(work_on_one) == Cost(statements=3, writing_commits=2)  # the trailing read
    assert told(ann) == [("message.added", gmail_id)]
