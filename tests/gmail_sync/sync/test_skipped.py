"""A message that breaks us is recorded and skipped; it never holds up the others (RULES R16)."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DataError, IntegrityError

from gmail_sync.exceptions import GmailUnavailable, for_operators
from gmail_sync.gmail.metadata import Headers
from gmail_sync.models import GmailAccount, Message, SkippedMessage
from gmail_sync.sync import mirror
from tests.support.google.harness import Mailbox, attempt_sync, mirrored, sync, told, types

POISON: list[Any] = [
    {"internalDate": "yesterday"},
    {"historyId": "9" * 20},
    {"snippet": 7},
    {"labelIds": [7]},
    {"payload": {"headers": [{"value": "no name"}]}},
    {"payload": {"headers": [{"name": "Subject", "value": 7}]}},
    {"payload": {"headers": 7}},
    {"payload": 7},
    [],
    7,
]


def poison(gmail: Mailbox, gmail_id: str, answer: Any) -> None:
    """From now on messages.get answers this for the message."""
    if isinstance(answer, dict):
        answer = {"id": gmail_id, "threadId": gmail_id, "labelIds": ["INBOX"], **answer}
    gmail.fault("messages.get", message_id=gmail_id, body=json.dumps(answer), times=None)


@pytest.mark.parametrize("answer", POISON, ids=str)
def test_rule_16_a_message_that_breaks_us_does_not_hold_up_the_others(
    gmail: Mailbox, account: GmailAccount, ann: User, answer: Any
) -> None:
    broken, good = gmail.deliver(2)
    poison(gmail, broken, answer)
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", good)]
    assert account.history_id == gmail.history_id
    entry = SkippedMessage.objects.get()
    assert (entry.gmail_id, entry.skipped) == (broken, False)


def test_rule_16_a_message_that_breaks_us_again_and_again_is_skipped(gmail: Mailbox, account: GmailAccount) -> None:
    (broken,) = gmail.deliver()
    poison(gmail, broken, 7)
    for _ in range(15):
        sync(account)
    assert SkippedMessage.objects.get().skipped
    assert sync(account) > 30


def test_rule_16_a_first_sync_goes_on_without_it(gmail: Mailbox, ann: User) -> None:
    (broken,) = gmail.deliver()
    account = gmail.connect(ann)
    poison(gmail, broken, 7)
    sync(account)
    assert (account.state, len(mirrored(account))) == ("connected", 3)


def test_rule_16_a_resync_does_not_take_it_for_deleted(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    broken = next(iter(mirrored(account)))
    poison(gmail, broken, 7)
    gmail.deliver()
    gmail.account("expire_history")
    sync(account)
    assert (broken in mirrored(account), types(ann)) == (True, ["message.added", "mailbox.resynced"])


def test_rule_16_labels_are_cleaned(gmail: Mailbox, account: GmailAccount) -> None:
    (gmail_id,) = gmail.deliver()
    poison(gmail, gmail_id, {"labelIds": ["INBOX", "a\x00b"]})
    sync(account)
    assert mirrored(account)[gmail_id] == ["INBOX", "a\ufffdb"]


def test_rule_16_a_message_that_cannot_be_written_does_not_hold_up_the_others(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    taken = next(iter(mirrored(account)))
    before, broken, after = gmail.deliver(3)
    poison(gmail, broken, {"id": taken})
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", before), ("message.added", after)]
    assert SkippedMessage.objects.get().gmail_id == broken
    assert account.history_id == gmail.history_id


@pytest.fixture(params=["first sync", "resync"])
def beside_broken(request: pytest.FixtureRequest, gmail: Mailbox, ann: User) -> tuple[GmailAccount, list[str]]:
    """A mailbox whose next sync reads all of it, and three new messages of which the second is to be broken."""
    account = gmail.connect(ann)
    if request.param == "first sync":
        return account, gmail.deliver(3)
    sync(account)
    gmail_ids = gmail.deliver(3)
    gmail.account("expire_history")
    return account, gmail_ids


def read_all_but_one(account: GmailAccount, gmail_ids: list[str]) -> None:
    sync(account)
    assert (account.state, account.resync_pin) == ("connected", None)
    before, broken, after = gmail_ids
    assert mirrored(account).keys() >= {before, after}
    assert SkippedMessage.objects.get().gmail_id == broken


def test_rule_16_a_message_of_anothers_id_does_not_hold_up_a_reading_of_all(
    gmail: Mailbox, beside_broken: tuple[GmailAccount, list[str]]
) -> None:
    _, (taken, broken, _) = beside_broken
    poison(gmail, broken, {"id": taken})
    read_all_but_one(*beside_broken)


def test_rule_16_a_message_that_cannot_be_written_does_not_hold_up_a_reading_of_all(
    beside_broken: tuple[GmailAccount, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (_, broken, _) = beside_broken
    unsaved = mirror.unsaved

    def orphaned(account: GmailAccount, headers: Headers) -> Message:
        row = unsaved(account, headers)
        return Message() if row.gmail_id == broken else row  # without an account, the database refuses it

    monkeypatch.setattr(mirror, "unsaved", orphaned)
    read_all_but_one(*beside_broken)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (IntegrityError("null value\nDETAIL:  Failing row contains (7, secret, ...)."), "IntegrityError: null value"),
        (DataError('invalid input for type bigint: "secret"'), "DataError: invalid input for type bigint: …"),
        (ValueError("invalid literal for int() with base 10: 'secret'"), "ValueError: invalid literal for int() with"),
        (GmailUnavailable("messages.get: 503 'backendError'"), "GmailUnavailable: messages.get: 503 'backendError'"),
    ],
)
def test_it_keeps_of_an_error_what_holds_no_mail(error: Exception, kept: str) -> None:
    assert for_operators(error).startswith(kept)
    assert "secret" not in for_operators(error)


def test_an_operator_does_not_read_in_the_ledger_what_a_message_says(gmail: Mailbox, account: GmailAccount) -> None:
    (broken,) = gmail.deliver()
    poison(gmail, broken, {"internalDate": "a secret"})
    sync(account)
    reason = SkippedMessage.objects.get().reason
    assert ("ValueError" in reason, "secret" in reason) == (True, False)
