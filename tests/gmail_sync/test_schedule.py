"""Pushes that are written together do to each mailbox what they do one after the other."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.querysets import from_now
from gmail_sync.schedule import Push, take_notifications
from gmail_sync.states import WatchState
from tests.support.google.pushes import locked

FAR = "2100-01-01T00:00:00Z"
LONG_AGO = "2000-01-01T00:00:00Z"
# A mailbox that sleeps, one that is being read, one that is due, one whose pushes seemed lost, a new one.
MAILBOXES: list[dict[str, Any]] = [
    {"history_id": 100, "next_sync_at": FAR},
    {"history_id": 100, "next_sync_at": FAR, "claim": "somebody", "unsettled_reads": 2},
    {"history_id": 100, "next_sync_at": LONG_AGO},
    {"history_id": 100, "next_sync_at": FAR},
    {"history_id": None, "next_sync_at": FAR},
]
SILENT = 3
PUSHES = st.lists(st.tuples(st.integers(0, len(MAILBOXES) - 1), st.integers(98, 103)), min_size=1, max_size=8)


def email(number: int) -> str:
    return f"box{number}@gmail.example"


@pytest.fixture
def mailboxes(transactional_db: None) -> None:
    for number, values in enumerate(MAILBOXES):
        account = GmailAccount.objects.create(email=email(number), google_sub=str(number), **values)
        GmailWatch.objects.create(account=account, state=WatchState.SILENT if number == SILENT else WatchState.ACTIVE)


def outcome(groups: Sequence[Sequence[Push]]) -> tuple[dict[Push, bool], list[Any], list[int]]:
    """Return what is answered, what the rows say then, and how often each was asked for; nothing of it stays."""
    answered: dict[Push, bool] = {}
    with transaction.atomic():
        for group in groups:
            answered |= take_notifications(group)
        far = GmailAccount.objects.filter(next_sync_at__gt=from_now(60))
        pushed = GmailAccount.objects.exclude(last_push_at=None)
        columns = ("email", "notified_history_id", "unsettled_reads")
        rows = [set(mailboxes.values_list(*columns)) for mailboxes in (GmailAccount.objects, far, pushed)]
        wakes = list(GmailAccount.objects.order_by("email").values_list("wakes", flat=True))
        transaction.set_rollback(True)
    return answered, rows, wakes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PUSHES)
def test_a_group_does_what_each_of_its_pushes_does(mailboxes: None, pushes: list[tuple[int, int]]) -> None:
    group = [(email(number), history_id) for number, history_id in pushes]
    answered, rows, wakes = outcome([group])
    answered_singly, rows_singly, wakes_singly = outcome([[push] for push in group])
    assert (answered, rows) == (answered_singly, rows_singly)
    for together, singly in zip(wakes, wakes_singly, strict=True):
        assert together >= singly
        assert bool(together) == bool(singly)


def test_an_unknown_address_is_unknown_in_a_group_as_well(mailboxes: None) -> None:
    assert take_notifications([(email(0), 101), ("nobody@gmail.example", 7)]) == {
        (email(0), 101): True,
        ("nobody@gmail.example", 7): False,
    }


def test_a_crowd_of_pushes_costs_as_many_statements_as_one(
    mailboxes: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    GmailAccount.objects.bulk_create(
        GmailAccount(email=f"crowd{number}@gmail.example", google_sub=f"crowd{number}", history_id=1)
        for number in range(100)
    )
    with CaptureQueriesContext(connection) as one:
        take_notifications([("crowd0@gmail.example", 2)])
    with django_assert_num_queries(len(one)):
        take_notifications([(f"crowd{number}@gmail.example", 2 + number % 3) for number in range(100)])


@pytest.mark.parametrize("patient", [False, True])
def test_rule_04_a_locked_mailbox_holds_up_no_other(mailboxes: None, patient: bool) -> None:
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("SQLite locks the database as a whole")
    with locked(GmailAccount.objects.get(email=email(0))):
        assert take_notifications([(email(0), 101), (email(1), 101)]) == {(email(1), 101): True}
        if patient:
            with pytest.raises(DatabaseError):
                take_notifications([(email(0), 101)], patient=True)
