"""Each way in which a piece of work ends, and its effect on the mailbox."""

from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from gmail_sync.claims import Claim, claim_account
from gmail_sync.exceptions import GmailSyncError
from gmail_sync.models import GmailAccount
from gmail_sync.states import SyncResult
from gmail_sync.sync.attempt import Outcome, run_claimed
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, events, is_due, push, sync, told


def waits(account: GmailAccount) -> float:
    """Return the seconds until it may be tried again."""
    assert account.retry_at is not None
    return (account.retry_at - timezone.now()).total_seconds()


def let_back_off_end() -> None:
    GmailAccount.objects.update(retry_at=timezone.now(), next_sync_at=timezone.now())


def test_it_asks_for_consent_when_the_grant_is_gone(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    cursor = account.history_id
    gmail.account("revoke")
    assert attempt_sync(account) == "reauth_required"
    assert (account.state, account.history_id, account.claim) == ("reauth_required", cursor, "")
    ((type_, payload),) = events(ann)
    assert (type_, payload["state"], payload["email"]) == ("account.status", "reauth_required", gmail.email)
    assert not is_due(account)


def test_it_goes_on_after_a_new_consent_where_it_was(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.account("revoke")
    attempt_sync(account)
    gmail_ids = gmail.deliver(2)
    push(account, gmail.history_id)
    assert not is_due(account)
    gmail.connect(ann)
    assert attempt_sync(account) == "ok"
    assert (account.state, account.last_error) == ("connected", "")
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids]


def test_rule_06_a_dead_grant_does_not_overwrite_a_new_consent(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    def consent_again() -> None:
        gmail.account("revoke")
        gmail.connect(ann)

    assert attempt_sync(account, Meanwhile(1, consent_again)) == "reauth_required"
    assert (account.state, is_due(account)) == ("connected", True)
    assert [payload["state"] for _, payload in events(ann)] == ["connected"]
    assert attempt_sync(account) == "ok"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 500},
        {"status": 503},
        {"status": 403, "reason": "userRateLimitExceeded"},
        {"status": 403, "reason": "accessNotConfigured"},
        {"body": "<html>"},
        {"drop": True},
    ],
)
def test_it_backs_off_and_keeps_the_error(gmail: Mailbox, account: GmailAccount, fault: dict[str, Any]) -> None:
    gmail.fault("history.list", **fault)
    assert attempt_sync(account) == "retry"
    assert (account.state, account.failures, account.claim) == ("connected", 1, "")
    assert account.last_error
    assert not is_due(account)
    assert attempt_sync(account) == "ok"
    assert (account.failures, account.last_error) == (0, "")


def test_it_backs_off_longer_each_time(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", status=500, times=None)
    seconds = []
    for _ in range(5):
        attempt_sync(account)
        seconds.append(waits(account))
        let_back_off_end()
    assert account.failures == 5
    assert seconds[4] > 4 * seconds[0]
    GmailAccount.objects.update(failures=10_000)
    attempt_sync(account)
    assert GmailSyncError.longest_wait / 3 < waits(account) <= GmailSyncError.longest_wait


@pytest.mark.parametrize("method", ["history.list", "batch", "messages.get"])
def test_it_waits_as_long_as_gmail_says(gmail: Mailbox, account: GmailAccount, method: str) -> None:
    gmail.deliver()
    gmail.fault(method, status=429, retry_after=600)
    assert attempt_sync(account) == "retry"
    assert 570 < waits(account) < 602


def test_it_waits_as_long_as_gmails_text_says(gmail: Mailbox, account: GmailAccount) -> None:
    moment = timezone.now() + timedelta(seconds=600)
    text = f"User-rate limit exceeded. Retry after {moment.strftime('%Y-%m-%dT%H:%M:%S')}.000Z"
    gmail.fault("history.list", status=403, reason="userRateLimitExceeded", message=text)
    attempt_sync(account)
    assert 570 < waits(account) < 602


@pytest.mark.parametrize("status", [429, 403, 503])
def test_it_does_not_wait_a_day_because_somebody_says_so(gmail: Mailbox, account: GmailAccount, status: int) -> None:
    gmail.fault("history.list", status=status, retry_after=86_400)
    assert attempt_sync(account) == "retry"
    assert 800 < waits(account) < 902


def test_it_backs_off_though_it_is_told_to_come_at_once(gmail: Mailbox, account: GmailAccount) -> None:
    GmailAccount.objects.update(failures=10)
    gmail.fault("history.list", status=429, retry_after=0)
    assert attempt_sync(account) == "retry"
    assert waits(account) > 20


@pytest.mark.parametrize("body", ['{"history":[{}],"historyId":"7"}', '{"history":7,"historyId":"7"}', "[]", "7"])
def test_it_gives_the_mailbox_back_after_an_answer_that_makes_no_sense(
    gmail: Mailbox, account: GmailAccount, body: str
) -> None:
    gmail.fault("history.list", body=body)
    assert attempt_sync(account) != "ok"
    assert (account.failures, account.claim, account.state) == (1, "", "connected")
    assert sync(account) > 0


def test_it_leaves_a_claim_alone_that_it_lost(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver()
    lost = Meanwhile(2, lambda: GmailAccount.objects.update(claim="another worker's"))
    assert attempt_sync(account, lost) == "claim_lost"
    assert (account.claim, account.failures) == ("another worker's", 0)


@pytest.mark.parametrize("result", SyncResult)
def test_it_counts_each_result_from_the_first_scrape(result: SyncResult) -> None:
    assert REGISTRY.get_sample_value("finito_sync_total", {"result": result.value}) is not None


def test_it_says_how_the_work_ended_in_a_few_words() -> None:
    assert str(Outcome(SyncResult.OK)) == "ok"
    assert str(Outcome(SyncResult.RETRY, "503: come again")) == "retry: 503: come again"


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_no_crash(account: GmailAccount, kind: type[Exception]) -> None:
    def work(claim: Claim) -> float:
        raise kind("the connection is closed")

    claim = claim_account(account.pk)
    assert claim is not None
    with capture_logs() as lines, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Claim, "finish", Mock(side_effect=kind("the connection is closed")))
        assert run_claimed(claim, work).result == SyncResult.RETRY
    assert [line["event"] for line in lines if line["log_level"] != "info"] == ["sync.put_off"]
