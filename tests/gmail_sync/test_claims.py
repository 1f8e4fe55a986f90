"""One worker at a time holds a mailbox, and gives it back when it ends."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from gmail_sync import claims
from gmail_sync.claims import claim_account, claim_due
from gmail_sync.exceptions import ClaimLost, Stopping
from gmail_sync.gmail.api import BATCH_SIZE
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import CLAIM_SECONDS
from gmail_sync.quota import UNITS, Spending
from gmail_sync.sync.account import sync_account
from realtime.models import OpenStreams
from tests.support.google.harness import (
    Mailbox,
    Meanwhile,
    ask_sync,
    attempt_sync,
    claim,
    is_due,
    mirrored,
    sync,
    told,
)


def expire_claims() -> None:
    """As if the worker had been dead for long enough."""
    GmailAccount.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))


def claimed_ids(limit: int) -> list[int]:
    return [claim.account.pk for claim in claim_due(limit, threading.Event())]


def due_accounts(count: int) -> list[int]:
    """So many mailboxes, the first one longest due."""
    GmailAccount.objects.bulk_create(
        GmailAccount(
            email=f"{number}@gmail.example",
            google_sub=str(number),
            next_sync_at=timezone.now() - timedelta(seconds=count - number),
        )
        for number in range(count)
    )
    return list(GmailAccount.objects.order_by("next_sync_at").values_list("pk", flat=True))


def test_no_two_workers_get_the_same_mailbox(transactional_db: None) -> None:
    wanted = due_accounts(24)
    start = threading.Barrier(4)

    def work(_: int) -> list[int]:
        start.wait()
        got = [pk for _ in range(6) for pk in claimed_ids(2)]
        connection.close()
        return got

    with ThreadPoolExecutor(4) as executor:
        claimed = [pk for ids in executor.map(work, range(4)) for pk in ids]
    assert sorted(claimed) == sorted(set(claimed))
    assert set(claimed) | set(claimed_ids(24)) == set(wanted)


def test_it_claims_the_longest_due_first_and_no_more_than_asked(transactional_db: None) -> None:
    wanted = due_accounts(5)
    assert claimed_ids(0) == []
    assert claimed_ids(2) == wanted[:2]
    assert claimed_ids(9) == wanted[2:]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "reauth_required"},
        {"next_sync_at": None},
        {"next_sync_at": timezone.now() + timedelta(hours=9)},
        {"retry_at": timezone.now() + timedelta(hours=9)},
        {"claim": "another", "claim_expires_at": timezone.now() + timedelta(hours=9)},
    ],
)
def test_it_leaves_alone_what_is_not_due(transactional_db: None, fields: dict[str, object]) -> None:
    due_accounts(1)
    GmailAccount.objects.update(**fields)
    assert claimed_ids(1) == []


@pytest.mark.parametrize(("since", "written"), [(0.0, True), (60.0, False)])
def test_rule_04_a_claim_is_written_anew_before_a_call_when_some_seconds_have_passed(
    gmail: Mailbox, account: GmailAccount, monkeypatch: pytest.MonkeyPatch, since: float, written: bool
) -> None:
    gmail.deliver()
    renewed: list[bool] = []
    half_way = Now() + timedelta(seconds=CLAIM_SECONDS / 2)
    later = GmailAccount.objects.filter(claim_expires_at__gt=half_way)
    held = claim(account, Meanwhile(2, lambda: renewed.append(later.exists())))
    monkeypatch.setattr(claims, "KEEP_SECONDS", since)
    GmailAccount.objects.update(claim_expires_at=Now() + timedelta(seconds=CLAIM_SECONDS / 2 - 1))
    sync_account(held)
    assert renewed == [written]
    assert claim_account(account.pk) is None


def test_rule_04_what_waits_is_written_when_the_mailbox_is_given_back(gmail: Mailbox, account: GmailAccount) -> None:
    before = Spending.of(account.quota_spent)
    GmailAccount.objects.update(unsettled_reads=2, failures=3, last_error="it was down")
    sync(account)
    assert (account.unsettled_reads, account.failures, account.last_error) == (0, 0, "")
    now = timezone.now()
    assert Spending.of(account.quota_spent).in_an_hour(now) == before.in_an_hour(now) + UNITS["history.list"]


def test_a_batchs_units_are_written_before_it(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver(30)
    spent: list[float] = []

    def look() -> None:
        stored = Spending.of(GmailAccount.objects.get(pk=account.pk).quota_spent)
        spent.append(stored.in_an_hour(timezone.now()))

    held = claim(account, Meanwhile(3, look))
    before = Spending.of(account.quota_spent).in_an_hour(timezone.now())
    sync_account(held)
    assert spent == [before + UNITS["history.list"] + BATCH_SIZE * UNITS["messages.get"]]


def test_a_dead_workers_mailbox_is_taken_over(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    claim(account)
    (gmail_id,) = gmail.deliver()
    ask_sync(account)
    assert not is_due(account)
    expire_claims()
    assert is_due(account)
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_a_worker_that_was_believed_dead_writes_nothing(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver()

    def take_over() -> None:
        expire_claims()
        sync(account)

    held = claim(account, Meanwhile(2, take_over))
    gmail.deliver()
    with pytest.raises(ClaimLost):
        sync_account(held)
    before = account.next_sync_at
    held.finish(999)
    account.refresh_from_db()
    assert (account.next_sync_at, len(told(ann)), gmail_id in mirrored(account)) == (before, 2, True)


def test_a_write_from_another_cursor_is_refused(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.deliver()
    held = claim(account, Meanwhile(2, lambda: GmailAccount.objects.update(history_id=7)))
    with pytest.raises(ClaimLost):
        sync_account(held)
    assert (told(ann), len(mirrored(account))) == ([], 3)


def test_rule_17_a_worker_that_ends_gives_the_mailbox_back(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.deliver()
    ending = Meanwhile(2, lambda: ending.set())
    assert attempt_sync(account, ending) == "given_back"
    assert (is_due(account), told(ann), account.claim) == (True, [], "")


def test_rule_17_a_worker_that_ends_calls_gmail_no_more(gmail: Mailbox, account: GmailAccount) -> None:
    held = claim(account)
    held.stopping.set()
    before = gmail.calls("history.list")
    with pytest.raises(Stopping):
        sync_account(held)
    assert gmail.calls("history.list") == before


@pytest.mark.parametrize(("member", "ago", "is_open"), [(True, 5, True), (True, 100, False), (False, 5, False)])
def test_it_knows_whether_somebody_who_sees_the_mailbox_looks(
    account: GmailAccount, ann: User, bob: User, member: bool, ago: float, is_open: bool
) -> None:
    seen_at = timezone.now() - timedelta(seconds=ago)
    OpenStreams.objects.create(user=ann if member else bob, process="web:1", streams=1, seen_at=seen_at)
    assert claim(account).page_open == is_open
