"""The inbox holds what has INBOX and is neither in the trash nor in spam, whatever labels it keeps (labels.py)."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection

from gmail_sync.labels import is_in_inbox
from gmail_sync.models import GmailAccount, Message
from tests.support.google.harness import Mailbox, mirrored, sync, told


def shown(account: GmailAccount) -> set[str]:
    """Return what the list shows."""
    return set(account.messages.inbox().values_list("gmail_id", flat=True))


@pytest.mark.parametrize(
    ("labels", "inside"),
    [
        (["INBOX"], True),
        (["INBOX", "UNREAD", "STARRED", "Label_1"], True),
        (["INBOX", "TRASH"], False),
        (["INBOX", "SPAM"], False),
        (["SPAM", "TRASH", "INBOX"], False),
        (["TRASH"], False),
        ([], False),
    ],
)
def test_it_knows_what_is_in_the_inbox(labels: list[str], inside: bool) -> None:
    assert is_in_inbox(labels) is inside


def test_it_takes_trashed_mail_off_the_list_though_it_keeps_inbox(
    gmail: Mailbox, account: GmailAccount, ann: User, gmail_id: str
) -> None:
    gmail.act(gmail_id, "trash", keeps_inbox=True)
    sync(account)
    assert mirrored(account)[gmail_id] == ["INBOX", "TRASH", "UNREAD"]
    assert gmail_id not in shown(account)
    gmail.act(gmail_id, "untrash")
    sync(account)
    assert gmail_id in shown(account)
    assert told(ann) == [("message.changed", gmail_id)] * 2


def test_it_adds_an_unknown_message_that_leaves_the_trash_and_kept_inbox(gmail: Mailbox, ann: User) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    gmail.act(gmail_id, "trash", keeps_inbox=True)
    account = gmail.connect(ann)
    sync(account)
    assert gmail_id not in mirrored(account)
    gmail.act(gmail_id, "untrash")
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]
    assert gmail_id in shown(account)


@pytest.mark.parametrize("label", ["TRASH", "SPAM"])
def test_it_adds_what_entered_the_inbox_and_was_outside_still(gmail: Mailbox, ann: User, label: str) -> None:
    (gmail_id,) = gmail.deliver(label_ids=[label])
    account = gmail.connect(ann)
    sync(account)
    gmail.modify(gmail_id, add=["INBOX"])
    sync(account)
    assert gmail_id not in mirrored(account)
    gmail.modify(gmail_id, remove=[label])
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_it_leaves_out_spam_that_has_inbox_too(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["INBOX", "SPAM", "UNREAD"])
    sync(account)
    assert (gmail_id in mirrored(account), told(ann)) == (False, [])


def test_it_keeps_trashed_mail_off_the_list_after_a_resync(
    gmail: Mailbox, account: GmailAccount, ann: User, gmail_id: str
) -> None:
    gmail.act(gmail_id, "trash", keeps_inbox=True)
    gmail.account("expire_history")
    sync(account)
    assert mirrored(account)[gmail_id] == ["INBOX", "TRASH", "UNREAD"]
    assert gmail_id not in shown(account)


def test_it_counts_again_when_mail_leaves_the_inbox_by_the_trash_alone(
    gmail: Mailbox, account: GmailAccount, ann: User, gmail_id: str
) -> None:
    gmail.simulator.reset_meter()
    gmail.act(gmail_id, "trash", keeps_inbox=True)
    sync(account)
    assert gmail.calls("labels.get") == 1


def test_it_mends_the_rows_of_an_earlier_release(account: GmailAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    migration = importlib.import_module("gmail_sync.migrations.0003_outside_inbox")
    monkeypatch.setattr(migration, "BATCH", 2)
    rows = list(account.messages.all())
    for row, labels in zip(rows, [["INBOX", "TRASH"], ["INBOX", "UNREAD"], ["INBOX", "SPAM"]], strict=True):
        Message.objects.filter(pk=row.pk).update(label_ids=labels, in_inbox=True)
    migration.take_out_of_the_inbox(apps, connection.schema_editor())
    assert shown(account) == {rows[1].gmail_id}
