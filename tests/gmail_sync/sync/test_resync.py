"""A resync follows when Gmail forgot the history or an operator asks, and goes on where it was interrupted."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync.exceptions import GmailUnavailable
from gmail_sync.gmail import api as gmail_api
from gmail_sync.models import GmailAccount
from tests.gmail_sync.sync.inbox import inbox
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, mirrored, sync, told, types


def forget_and_change(gmail: Mailbox) -> tuple[str, str, str]:
    """Gmail forgets its history, in which one was deleted, one starred and one arrived."""
    deleted, starred, _ = inbox(gmail)
    gmail.act(deleted, "delete")
    gmail.modify(starred, add=["STARRED"])
    (arrived,) = gmail.deliver()
    gmail.account("expire_history")
    return deleted, starred, arrived


def test_it_resyncs_when_gmail_forgot_the_history(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    deleted, starred, arrived = forget_and_change(gmail)
    old = gmail.deliver(age=86_400)  # such as from an import: no new mail
    sync(account)
    assert mirrored(account) == inbox(gmail)
    assert old[0] in mirrored(account)
    changes = [("message.added", arrived), ("message.changed", starred), ("message.deleted", deleted)]
    assert sorted(told(ann)) == changes
    assert types(ann).count("mailbox.resynced") == 1
    assert types(ann)[-1] == "mailbox.resynced"
    assert account.history_id == gmail.history_id


def test_what_arrives_while_a_read_goes_on_is_new_mail_after_a_resync(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    gmail.deliver()
    arrived: list[str] = []
    before_the_batch = 2  # history.list, batch: it arrives after the listing and before the end of the read
    sync(account, Meanwhile(before_the_batch, lambda: arrived.extend(gmail.deliver())))
    gmail.account("expire_history")
    sync(account)
    assert told(ann)[-1] == ("message.added", arrived[0])


def test_it_goes_on_from_the_history_after_a_resync(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    forget_and_change(gmail)
    sync(account)
    (gmail_id,) = gmail.deliver()
    sync(account)
    assert told(ann)[-1] == ("message.added", gmail_id)
    assert types(ann).count("mailbox.resynced") == 1


@pytest.mark.parametrize("asked", [{"resync_requested": True}, {"resync_pin": 0}], ids=["now", "by the last release"])
def test_it_resyncs_once_when_an_operator_asks(
    gmail: Mailbox, account: GmailAccount, ann: User, asked: dict[str, int]
) -> None:
    GmailAccount.objects.update(**asked)
    for _ in range(2):
        sync(account)
    assert types(ann).count("mailbox.resynced") == 1
    assert (account.resync_due, account.history_id) == (False, gmail.history_id)


def test_rule_14_what_a_cut_listing_lacks_is_not_deleted(
    gmail: Mailbox, account: GmailAccount, ann: User, settings: Any
) -> None:
    settings.MIRROR_LIMIT = 1
    archived = next(iter(inbox(gmail)))
    gmail.modify(archived, remove=["INBOX"])
    gmail.account("expire_history")
    sync(account)
    assert len(mirrored(account)) == 3
    assert told(ann) == [("message.changed", archived)]


def test_rule_14_an_interrupted_resync_ends_with_its_event(
    gmail: Mailbox, account: GmailAccount, ann: User, small_batches: None
) -> None:
    forget_and_change(gmail)
    pin = gmail.history_id
    gmail.fault("batch", status=500, after=1)
    with pytest.raises(GmailUnavailable):
        sync(account)
    assert (account.resync_pin, "mailbox.resynced" in types(ann)) == (pin, False)
    sync(account)
    assert (account.resync_pin, mirrored(account)) == (None, inbox(gmail))
    assert types(ann).count("mailbox.resynced") == 1


def test_rule_14_a_change_during_the_resync_is_in_the_history_after_it(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    forget_and_change(gmail)
    before_the_history = 7  # history.list, getProfile, history.list, messages.list, two batches, history.list
    sync(account, Meanwhile(before_the_history, gmail.deliver))
    assert mirrored(account) == inbox(gmail)
    assert types(ann)[-2:] == ["mailbox.resynced", "message.added"]


def test_it_goes_on_with_a_resync_where_it_was_interrupted(
    gmail: Mailbox, account: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gmail_api, "BATCH_SIZE", 1)
    gmail.deliver()
    gmail.account("expire_history")
    before = gmail.calls("messages.get")
    for _ in range(3):  # a mailbox of thousands takes more than a minute's quota
        gmail.fault("batch", status=429, after=1)
        assert attempt_sync(account) == "retry"
        gmail.mend()
    sync(account)
    assert gmail.calls("messages.get") - before == 4
    assert mirrored(account) == inbox(gmail)
