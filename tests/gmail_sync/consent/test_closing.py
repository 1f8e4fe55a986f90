"""The end of a mailbox that nobody sees any more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.utils import timezone

from gmail_sync.consent import membership
from gmail_sync.exceptions import ConsentFailed, GrantLost
from gmail_sync.gmail.api import Gmail
from gmail_sync.models import GmailAccount, GmailWatch, Message
from gmail_sync.states import AccountState
from gmail_sync.sync.account import sync_account
from tests.support.environment import TOPIC
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, claim, is_due, sync


@pytest.fixture
def closing(account: GmailAccount, ann: User) -> GmailAccount:
    membership.leave(ann.pk, account.pk)
    account.refresh_from_db()
    return account


def everything_is_gone() -> bool:
    return not (GmailAccount.objects.exists() or GmailWatch.objects.exists() or Message.objects.exists())


def test_rule_02_closing_stops_the_watch_revokes_the_grant_and_forgets_all(
    gmail: Mailbox, closing: GmailAccount
) -> None:
    credentials = closing.credentials.open()
    assert gmail.watched() == TOPIC
    assert attempt_sync(closing) == "ok"
    assert (gmail.watched(), everything_is_gone()) == (None, True)
    with pytest.raises(GrantLost):
        Gmail(credentials).profile()


def lose_the_grant(gmail: Mailbox, settings: Any) -> None:
    gmail.account("revoke")


def lose_the_mailbox(gmail: Mailbox, settings: Any) -> None:
    gmail.account("disappear")


def lose_the_keys(gmail: Mailbox, settings: Any) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


def lose_google(gmail: Mailbox, settings: Any) -> None:
    gmail.fault("gmail", status=503, times=None)
    gmail.fault("revoke", status=503)


@pytest.mark.parametrize("lose", [lose_the_grant, lose_the_mailbox, lose_the_keys, lose_google])
def test_it_forgets_a_mailbox_whatever_google_says(
    gmail: Mailbox, closing: GmailAccount, settings: Any, lose: Callable[[Mailbox, Any], None]
) -> None:
    lose(gmail, settings)
    assert attempt_sync(closing) == "ok"
    assert everything_is_gone()


def test_rule_02_a_failing_stop_does_not_keep_the_grant_alive(gmail: Mailbox, closing: GmailAccount) -> None:
    credentials = closing.credentials.open()
    gmail.fault("stop", status=500)
    assert attempt_sync(closing) == "ok"
    with pytest.raises(GrantLost):
        Gmail(credentials).profile()


def test_it_closes_a_mailbox_whose_last_user_was_deleted(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    ann.delete()
    assert attempt_sync(account) == "ok"
    assert (gmail.watched(), everything_is_gone()) == (None, True)


def test_rule_02_who_joins_a_closing_mailbox_keeps_it(gmail: Mailbox, closing: GmailAccount, bob: User) -> None:
    assert attempt_sync(closing, Meanwhile(1, lambda: gmail.connect(bob))) == "ok"
    assert (closing.state, set(closing.users.all()), Message.objects.count()) == ("connected", {bob}, 3)
    assert is_due(closing)


def test_rule_02_nothing_is_stopped_for_a_mailbox_that_somebody_joined(
    gmail: Mailbox, closing: GmailAccount, bob: User
) -> None:
    held = claim(closing)
    gmail.connect(bob)
    sync_account(held)
    assert (gmail.watched(), gmail.calls("stop"), gmail.calls("revoke")) == (TOPIC, 0, 0)


def close_while_google_hangs(gmail: Mailbox, account: GmailAccount, method: str, happens: Callable[[], object]) -> str:
    """A worker closes the mailbox; once that call has come to Google and hangs there, something else happens."""
    gmail.fault(method, hold=True)
    with ThreadPoolExecutor(1) as worker:
        closed = worker.submit(attempt_sync, account)
        gmail.wait_for_fault()
        try:
            happens()
        finally:
            gmail.mend()
        return closed.result()


@pytest.mark.parametrize("method", ["token", "stop"])
def test_it_never_revokes_a_consent_that_came_while_google_hung(
    gmail: Mailbox, closing: GmailAccount, ann: User, method: str
) -> None:
    gmail.account("expire_tokens")  # so that the worker's first call is for a new one
    assert close_while_google_hangs(gmail, closing, method, lambda: gmail.connect(ann)) == "ok"
    closing.refresh_from_db()
    assert (closing.state, list(closing.users.all()), is_due(closing)) == ("connected", [ann], True)
    sync(closing)
    assert (gmail.watched(), gmail.calls("revoke"), closing.state) == (TOPIC, 0, "connected")


def test_it_connects_nothing_that_a_revocation_on_its_way_would_take_away(
    gmail: Mailbox, closing: GmailAccount, ann: User
) -> None:
    def connect_too_soon() -> None:
        with pytest.raises(ConsentFailed, match="connect again in a minute"):
            gmail.connect(ann)

    assert close_while_google_hangs(gmail, closing, "revoke", connect_too_soon) == "ok"
    assert everything_is_gone()
    again = gmail.connect(ann)
    sync(again)
    assert (again.state, gmail.watched()) == ("connected", TOPIC)


def test_a_worker_that_died_while_revoking_keeps_nobody_out_for_long(
    gmail: Mailbox, closing: GmailAccount, ann: User
) -> None:
    GmailAccount.objects.update(revoking_at=timezone.now() - timedelta(seconds=61))
    assert (gmail.connect(ann).state, gmail.connect(ann).revoking_at) == ("connected", None)


def test_a_consent_and_a_second_goodbye_while_google_hangs_leave_the_newer_one_to_be_revoked(
    gmail: Mailbox, closing: GmailAccount, ann: User
) -> None:
    def connect_and_leave() -> None:
        membership.leave(ann.pk, gmail.connect(ann).pk)

    close_while_google_hangs(gmail, closing, "stop", connect_and_leave)
    closing.refresh_from_db()
    credentials = closing.credentials.open()
    assert (closing.state, gmail.calls("revoke"), is_due(closing)) == ("closing", 0, True)
    assert attempt_sync(closing) == "ok"
    assert everything_is_gone()
    with pytest.raises(GrantLost):
        Gmail(credentials).profile()


def test_it_closes_nothing_that_a_member_came_to_from_outside(gmail: Mailbox, closing: GmailAccount, bob: User) -> None:
    closing.users.add(bob)
    assert attempt_sync(closing) == "ok"
    assert (closing.state, gmail.calls("stop"), gmail.calls("revoke")) == ("connected", 0, 0)


@pytest.mark.parametrize("state", AccountState.values)
def test_rule_02_a_mailbox_ends_with_its_last_user_whatever_it_waits_for(
    gmail: Mailbox, account: GmailAccount, ann: User, state: str
) -> None:
    GmailAccount.objects.update(state=state, next_sync_at=timezone.now() + timedelta(days=1))
    ann.delete()
    account.refresh_from_db()
    assert (account.state, is_due(account)) == (AccountState.CLOSING, True)
    assert attempt_sync(account) == "ok"
    assert everything_is_gone()
