"""The database's clock was two hours ahead, or is two hours behind now: nothing sleeps until it is right again."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from gmail_sync import heartbeat
from gmail_sync.claims import claim_account, claim_due
from gmail_sync.heartbeat import Heartbeat
from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage, WorkerHeartbeat
from gmail_sync.quota import Spending
from gmail_sync.states import RENEW_SECONDS
from gmail_sync.sync import skipped
from tests.support.google.harness import Mailbox, attempt_sync, claim, is_due, seconds_until_due, sync

BACK = timedelta(hours=2)
SOON = timedelta(seconds=600)
PAST = ["last_push_at", "last_synced_at", "counted_at"]

# What the columns of a mailbox held when the clock was set back: written by us a moment before.
ASLEEP: dict[str, dict[str, Any]] = {
    "polled": {"next_sync_at": Now() + BACK + SOON},
    "polled just now": {"next_sync_at": Now() + BACK},
    "failed": {"next_sync_at": Now() + BACK + SOON, "retry_at": Now() + BACK + SOON, "failures": 9},
    "failed and pushed": {"next_sync_at": Now() - SOON, "retry_at": Now() + BACK + SOON},
    "claimed": {"claim": "dead", "claim_expires_at": Now() + BACK, "next_sync_at": Now() - SOON},
    "never read": {"next_sync_at": Now() + BACK, "state": "syncing", "mirrored": False},
    "closing": {"next_sync_at": Now() + BACK, "state": "closing"},
}
AWAKE: dict[str, dict[str, Any]] = {
    "polled": {"next_sync_at": Now() + SOON},
    "failed": {"next_sync_at": Now() + SOON, "retry_at": Now() + SOON},
    "over the daily limit": {"next_sync_at": Now() + 6 * SOON, "retry_at": Now() + 6 * SOON},
    "claimed": {"claim": "alive", "claim_expires_at": Now() + timedelta(seconds=20), "next_sync_at": Now() - SOON},
    "never due": {"next_sync_at": None},
    "without consent": {"next_sync_at": Now() + BACK, "state": "reauth_required"},
}


@pytest.mark.parametrize("columns", ASLEEP.values(), ids=ASLEEP)
def test_what_sleeps_too_long_is_woken(mailbox: GmailAccount, columns: dict[str, Any]) -> None:
    GmailAccount.objects.update(**columns)
    assert not is_due(mailbox)
    assert GmailAccount.objects.wake_far() == 1
    assert is_due(mailbox)


@pytest.mark.parametrize("columns", AWAKE.values(), ids=AWAKE)
def test_what_waits_as_it_was_meant_to_is_left_alone(mailbox: GmailAccount, columns: dict[str, Any]) -> None:
    GmailAccount.objects.update(**columns)
    before = GmailAccount.objects.values("next_sync_at", "retry_at", "claim_expires_at").get()
    assert GmailAccount.objects.wake_far() == 0
    assert GmailAccount.objects.values("next_sync_at", "retry_at", "claim_expires_at").get() == before


def test_a_longer_poll_is_no_wrong_clock(mailbox: GmailAccount, settings: Any) -> None:
    settings.SYNC_POLL_SECONDS = 3 * 3_600
    GmailAccount.objects.update(next_sync_at=Now() + BACK)
    assert GmailAccount.objects.wake_far() == 0


@pytest.mark.parametrize("name", PAST)
def test_what_cannot_lie_ahead_counts_from_the_next_claim(mailbox: GmailAccount, name: str) -> None:
    GmailAccount.objects.update(**{name: Now() + BACK})
    held = claim_account(mailbox.pk)
    assert held is not None
    assert getattr(held.account, name) == held.clock.claimed_at
    assert GmailAccount.objects.filter(**{f"{name}__lte": Now()}).exists()


def test_a_push_that_seems_to_come_yet_is_not_awaited(gmail: Mailbox, account: GmailAccount) -> None:
    GmailAccount.objects.update(last_push_at=Now() + BACK)
    sync(account)
    GmailAccount.objects.update(last_push_at=F("last_push_at") - timedelta(seconds=10))
    sync(account)
    assert seconds_until_due(account) > 10


def test_a_budget_that_was_spent_yet_to_come_is_not_spent(gmail: Mailbox, account: GmailAccount) -> None:
    ahead = claim(account)
    second = int((ahead.clock.now() + BACK).timestamp())
    ahead.finish(0, quota_spent=[[second, 5_900.0]])
    gmail.deliver()
    assert attempt_sync(account) == "ok"
    assert max(at for at, _ in account.quota_spent) < second
    assert Spending.of([[second, 5_900.0]]).in_an_hour(ahead.clock.now()) == 0


def test_a_renewal_that_lies_too_far_ahead_is_due(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(renew_at=Now() + timedelta(seconds=RENEW_SECONDS) + BACK)
    before = gmail.calls("watch")
    sync(account)
    assert gmail.calls("watch") == before + 1


def test_a_probe_that_was_sent_yet_to_come_is_awaited_from_now_on(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(probe_sent_at=Now() + BACK)
    sync(account)
    assert GmailWatch.objects.filter(probe_sent_at__lte=Now()).exists()
    GmailWatch.objects.update(probe_sent_at=F("probe_sent_at") - timedelta(minutes=3))
    sync(account)
    assert GmailWatch.objects.get().state == "silent"


def test_an_entry_of_the_ledger_that_lies_too_far_ahead_is_due(account: GmailAccount) -> None:
    far = Now() + timedelta(seconds=skipped.WAITS[-1]) + timedelta(days=3)
    SkippedMessage.objects.create(account=account, gmail_id="old", retry_at=far, kind="failed")
    assert skipped.due(account) == ["old"]


def beat_ahead() -> None:
    Heartbeat().beat_if_due()
    WorkerHeartbeat.objects.update(beaten_at=Now() + BACK)


@pytest.mark.parametrize("happen", [lambda: None, heartbeat.forget_the_dead], ids=["as it is", "tidied"])
def test_a_worker_that_died_before_does_not_seem_alive(transactional_db: None, happen: Callable[[], None]) -> None:
    beat_ahead()
    happen()
    assert not heartbeat.alive().exists()


def test_a_living_worker_is_alive_with_its_next_beat(transactional_db: None) -> None:
    beating = Heartbeat()
    beating.beat_if_due()
    WorkerHeartbeat.objects.update(beaten_at=Now() + BACK)
    heartbeat.forget_the_dead()
    beating._due_at = 0.0
    beating.beat_if_due()
    assert heartbeat.alive().exists()


def test_a_worker_that_comes_back_under_a_far_claim_writes_nothing(gmail: Mailbox, account: GmailAccount) -> None:
    held = claim(account)
    GmailAccount.objects.update(claim_expires_at=Now() + BACK, next_sync_at=Now())
    GmailAccount.objects.wake_far()
    (other,) = claim_due(1, threading.Event())
    held.finish(999)
    assert GmailAccount.objects.get().claim == other.token
