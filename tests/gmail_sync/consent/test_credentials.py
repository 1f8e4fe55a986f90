"""Credentials at rest and in use."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from gmail_sync.exceptions import CredentialsUnreadable
from gmail_sync.fields import Sealed
from gmail_sync.models import GmailAccount
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, sync, told

ANOTHER_KEY = Fernet.generate_key().decode()


def stored_token(account: GmailAccount) -> str:
    account.refresh_from_db()
    return str(account.credentials.open()["token"])


def column() -> str:
    """Return what is in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM gmail_sync_gmailaccount")
        return str(cursor.fetchone()[0])


def test_it_stores_nothing_that_can_be_read(account: GmailAccount) -> None:
    values = account.credentials.open()
    assert values["refresh_token"]
    for secret in (values["token"], values["refresh_token"], "refresh_token"):
        assert secret not in column()
    assert values["token"] not in f"{account.credentials!r} {account.credentials}"


@pytest.mark.parametrize("token", ["", "gAAAAA", "é"])
def test_it_never_hands_out_what_it_cannot_open(token: str) -> None:
    with pytest.raises(CredentialsUnreadable):
        Sealed(token).open()


def test_it_opens_with_every_key_and_seals_with_the_first(settings: Any) -> None:
    old = Sealed.of({"token": "t"})
    settings.TOKEN_ENCRYPTION_KEYS = [ANOTHER_KEY, *settings.TOKEN_ENCRYPTION_KEYS]
    assert old.open() == {"token": "t"}
    settings.TOKEN_ENCRYPTION_KEYS = [ANOTHER_KEY]
    with pytest.raises(CredentialsUnreadable):
        old.open()


def test_it_stores_a_refreshed_access_token(gmail: Mailbox, account: GmailAccount) -> None:
    before = stored_token(account)
    gmail.account("expire_tokens")
    sync(account)
    assert stored_token(account) != before
    refreshes = gmail.calls("token")
    sync(account)
    assert gmail.calls("token") == refreshes


def test_it_stores_a_refreshed_access_token_also_when_the_work_failed(gmail: Mailbox, account: GmailAccount) -> None:
    before = stored_token(account)
    gmail.account("expire_tokens")
    gmail.deliver()
    gmail.fault("batch", status=500)
    assert attempt_sync(account) == "retry"
    assert stored_token(account) != before


@pytest.mark.parametrize("inner", [True, False])
def test_it_refreshes_once_when_gmail_no_longer_knows_the_token(
    gmail: Mailbox, account: GmailAccount, ann: User, inner: bool
) -> None:
    (gmail_id,) = gmail.deliver()
    gmail.fault("messages.get" if inner else "history.list", status=401)
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", gmail_id)]


def test_rule_06_a_refreshed_token_does_not_overwrite_a_new_consent(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    def consent_again() -> None:
        gmail.account("expire_tokens")
        gmail.connect(ann)

    former = account.credentials.open()["refresh_token"]
    attempt_sync(account, Meanwhile(1, consent_again))
    account.refresh_from_db()
    assert account.credentials.open()["refresh_token"] != former


def test_it_says_nothing_about_the_consent_when_the_keys_are_wrong(
    gmail: Mailbox, account: GmailAccount, settings: Any
) -> None:
    right, sealed = settings.TOKEN_ENCRYPTION_KEYS, column()
    gmail.simulator.reset_meter()
    settings.TOKEN_ENCRYPTION_KEYS = [ANOTHER_KEY]
    assert attempt_sync(account) == "credentials_unreadable"
    assert (account.state, column()) == ("connected", sealed)
    assert "TOKEN_ENCRYPTION_KEYS" in account.last_error
    assert gmail.simulator.meter()["calls"] == {}
    settings.TOKEN_ENCRYPTION_KEYS = right
    assert attempt_sync(account) == "ok"


def test_it_goes_on_soon_after_the_keys_are_right(account: GmailAccount, settings: Any) -> None:
    settings.TOKEN_ENCRYPTION_KEYS = [ANOTHER_KEY]
    GmailAccount.objects.update(failures=20)
    attempt_sync(account)
    assert account.retry_at is not None
    assert account.retry_at - timezone.now() < timedelta(seconds=60)


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ({"status": 400, "reason": "invalid_grant"}, "reauth_required"),
        ({"status": 400, "reason": "invalid_client"}, "retry"),
        ({"body": "<html>", "status": 502, "times": None}, "retry"),
    ],
)
def test_it_takes_only_a_definite_no_for_the_end_of_the_grant(
    gmail: Mailbox, account: GmailAccount, fault: dict[str, Any], result: str
) -> None:
    gmail.account("expire_tokens")
    gmail.fault("token", **fault)
    assert attempt_sync(account) == result
    assert (account.state == "reauth_required") == (result == "reauth_required")
