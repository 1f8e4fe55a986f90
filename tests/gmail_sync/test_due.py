"""A mailbox is due when something asks for it, and no sooner than its back-off allows (querysets.py)."""

from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount
from tests.support.google.harness import Mailbox, Meanwhile, ask_sync, attempt_sync, is_due, push, sync


def test_rule_05_a_push_during_a_sync_makes_it_due_again(gmail: Mailbox, account: GmailAccount) -> None:
    assert attempt_sync(account, Meanwhile(1, lambda: push(account, gmail.history_id + 9))) == "ok"
    assert is_due(account)


def test_rule_05_an_operator_during_a_sync_makes_it_due_again(gmail: Mailbox, account: GmailAccount) -> None:
    assert attempt_sync(account, Meanwhile(1, lambda: ask_sync(account))) == "ok"
    assert is_due(account)


def test_rule_05_a_consent_during_a_sync_makes_it_due_again(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    assert attempt_sync(account, Meanwhile(1, lambda: gmail.connect(ann))) == "ok"
    assert is_due(account)


def test_rule_05_it_is_not_due_when_nobody_asked(account: GmailAccount) -> None:
    assert attempt_sync(account) == "ok"
    assert not is_due(account)


def test_rule_05_a_push_does_not_shorten_the_back_off(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", status=429, retry_after=900)
    attempt_sync(account)
    retry_at = account.retry_at
    gmail.deliver()
    push(account, gmail.history_id)
    assert (account.retry_at, is_due(account)) == (retry_at, False)


def test_rule_05_a_push_during_a_failing_sync_does_not_shorten_the_back_off(
    gmail: Mailbox, account: GmailAccount
) -> None:
    gmail.fault("history.list", status=429, retry_after=900)
    gmail.deliver()
    attempt_sync(account, Meanwhile(1, lambda: push(account, gmail.history_id)))
    assert not is_due(account)


def test_rule_05_an_operator_ends_the_back_off(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", status=429, retry_after=900)
    attempt_sync(account)
    ask_sync(account)
    assert is_due(account)


def test_rule_05_a_consent_ends_the_back_off(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.fault("history.list", status=429, retry_after=900)
    attempt_sync(account)
    gmail.connect(ann)
    assert is_due(account)


def test_rule_05_success_ends_the_back_off(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", status=429, retry_after=900)
    attempt_sync(account)
    sync(account)
    gmail.deliver()
    push(account, gmail.history_id)
    assert (account.retry_at, is_due(account)) == (None, True)


def test_rule_05_a_stale_push_proves_the_way_and_asks_for_nothing(gmail: Mailbox, account: GmailAccount) -> None:
    wakes = account.wakes
    assert account.last_push_at is None
    push(account, gmail.history_id)
    assert account.last_push_at is not None
    assert (account.wakes, is_due(account)) == (wakes, False)
