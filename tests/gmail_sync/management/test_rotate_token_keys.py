"""Credentials come under the first key, beside running processes, and none is lost."""

import threading
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from gmail_sync.fields import Sealed
from gmail_sync.management.commands import rotate_token_keys
from gmail_sync.models import GmailAccount

NEW_KEY, LOST_KEY = (Fernet.generate_key().decode() for _ in range(2))
MAILBOXES = 5


@pytest.fixture(autouse=True)
def mailboxes(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five under the old key, and one that has no credentials (any more); two make a batch."""
    monkeypatch.setattr(rotate_token_keys, "BATCH", 2)
    for number in range(MAILBOXES + 1):
        account = GmailAccount(email=f"{number}@x.example", google_sub=str(number), state="connected")
        if number < MAILBOXES:
            account.credentials = Sealed.of({"refresh_token": f"secret {number}"})
        account.save()


@pytest.fixture
def old_key(settings: Any) -> str:
    """From now on the new key is the first."""
    old: str = settings.TOKEN_ENCRYPTION_KEYS[0]
    settings.TOKEN_ENCRYPTION_KEYS = [NEW_KEY, old]
    return old


def rotate() -> str:
    out = StringIO()
    call_command("rotate_token_keys", stdout=out)
    return out.getvalue()


def secrets() -> list[str]:
    """Return what the keys open, by mailbox."""
    accounts = GmailAccount.objects.exclude(credentials=Sealed()).order_by("pk")
    return [account.credentials.open()["refresh_token"] for account in accounts]


def tokens() -> list[str]:
    """Return what is in the database."""
    return [account.credentials.token for account in GmailAccount.objects.order_by("pk")]


def seal_with(key: str, account: GmailAccount, text: str) -> None:
    sealed = Sealed(Fernet(key).encrypt(f'{{"refresh_token": "{text}"}}'.encode()).decode())
    GmailAccount.objects.filter(pk=account.pk).update(credentials=sealed)


def test_it_needs_the_old_key_no_longer(old_key: str, settings: Any) -> None:
    others = [field.name for field in GmailAccount._meta.concrete_fields if field.name != "credentials"]
    before = list(GmailAccount.objects.values_list(*others))
    assert rotate() == "Credentials: 5 re-encrypted, 0 already under the first key.\n"
    settings.TOKEN_ENCRYPTION_KEYS = [NEW_KEY]
    assert secrets() == [f"secret {number}" for number in range(MAILBOXES)]
    assert list(GmailAccount.objects.values_list(*others)) == before


def test_it_writes_nothing_a_second_time(old_key: str) -> None:
    rotate()
    before = tokens()
    assert rotate() == "Credentials: 0 re-encrypted, 5 already under the first key.\n"
    assert tokens() == before


def test_it_goes_on_where_it_was_interrupted(old_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rotated, calls = Sealed.rotated, []

    def interrupted(sealed: Sealed) -> Sealed:
        calls.append(sealed)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return rotated(sealed)

    monkeypatch.setattr(Sealed, "rotated", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    assert rotate() == "Credentials: 3 re-encrypted, 2 already under the first key.\n"


def test_it_names_what_no_key_opens_and_does_the_others(old_key: str) -> None:
    lost = GmailAccount.objects.all()[1]
    seal_with(LOST_KEY, lost, "lost")
    lost.refresh_from_db()
    with pytest.raises(CommandError) as raised:
        rotate()
    said = str(raised.value)
    assert f"of 1 mailboxes (account {lost.pk})" in said
    assert "The others: 4 re-encrypted, 0 already under the first key." in said
    assert raised.value.returncode == 1
    assert "\n" not in said
    assert lost.credentials.token not in said
    assert GmailAccount.objects.get(pk=lost.pk).credentials.token == lost.credentials.token


@pytest.mark.parametrize("by_new_key", [True, False])
def test_it_writes_over_nothing_that_is_stored_meanwhile(old_key: str, by_new_key: bool) -> None:
    """A process with either set of keys stores a refreshed token while the rotation waits for its row."""
    account = GmailAccount.objects.all()[2]
    said: list[str] = []

    def beside() -> None:
        try:
            said.append(rotate())
        finally:
            connection.close()

    thread = threading.Thread(target=beside)
    with transaction.atomic():
        seal_with(NEW_KEY if by_new_key else old_key, account, "refreshed")
        thread.start()
        thread.join(1)  # it reads what it can; a row that it did not wait for would be the former
        assert not said
    thread.join(60)
    counts = "4 re-encrypted, 1" if by_new_key else "5 re-encrypted, 0"
    assert said == [f"Credentials: {counts} already under the first key.\n"]
    assert secrets() == ["secret 0", "secret 1", "refreshed", "secret 3", "secret 4"]
