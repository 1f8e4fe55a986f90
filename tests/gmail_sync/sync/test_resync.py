"""The first sync, and the resync after Gmail forgot the history."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync.exceptions import GmailUnavailable
from gmail_sync.gmail import api as gmail_api
from gmail_sync.models import GmailAccount, SkippedMessage
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, events, mirrored, sync, told, types


def inbox(gmail: Mailbox) -> dict[str, list[str]]:
    """Return Gmail's inbox in the form of the mirror."""
    return {m["id"]: sorted(m["label_ids"]) for m in gmail.state["messages"] if "INBOX" in m["label_ids"]}


def states(user: User) -> list[tuple[Any, ...]]:
    """Return the states of the mailbox that the user was told."""
    told = [payload for type_, payload in events(user) if type_ == "account.status"]
    return [(payload["state"], payload.get("done"), payload.get("total")) for payload in told]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gmail_api, "BATCH_SIZE", 2)


def test_it_fills_the_mirror_and_tells_the_progress(gmail: Mailbox, ann: User, small_batches: None) -> None:
    account = gmail.connect(ann)
    sync(account)
    assert mirrored(account) == inbox(gmail)
    assert states(ann) == [("syncing", 0, 0), ("syncing", 2, 3), ("syncing", 3, 3), ("connected", None, None)]
    assert told(ann) == []
    assert (account.state, account.mirrored) == ("connected", True)


def test_it_takes_only_the_newest_of_the_inbox(gmail: Mailbox, ann: User, settings: Any) -> None:
    settings.MIRROR_LIMIT = 2
    gmail.deliver(label_ids=["UNREAD"])
    account = gmail.connect(ann)
    sync(account)
    assert list(mirrored(account)) == list(inbox(gmail))[:2]


def test_it_connects_an_empty_mailbox(gmail: Mailbox, ann: User) -> None:
    for gmail_id in inbox(gmail):
        gmail.act(gmail_id, "delete")
    account = gmail.connect(ann)
    sync(account)
    assert (account.state, mirrored(account)) == ("connected", {})


def test_it_resumes_a_first_sync_that_was_killed(gmail: Mailbox, ann: User, small_batches: None) -> None:
    account = gmail.connect(ann)
    gmail.fault("batch", status=503, after=1)
    assert attempt_sync(account) == "retry"
    assert (account.state, len(mirrored(account))) == ("syncing", 2)
    sync(account)
    assert (account.state, mirrored(account)) == ("connected", inbox(gmail))
    assert gmail.calls("messages.get") == 3


def test_it_reads_what_happens_during_the_first_sync(gmail: Mailbox, ann: User, small_batches: None) -> None:
    account = gmail.connect(ann)
    starred = next(iter(inbox(gmail)))
    arrived: list[str] = []

    def happen() -> None:
        arrived.extend(gmail.deliver())
        gmail.modify(starred, add=["STARRED"])

    before_last_batch = 4  # watch, messages.list, batch, batch
    sync(account, Meanwhile(before_last_batch, happen))
    assert mirrored(account) == inbox(gmail)
    assert told(ann) == [("message.added", arrived[0]), ("message.changed", starred)]


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


def deny(gmail: Mailbox, gmail_id: str) -> None:
    """Once, Gmail says that it does not have the message."""
    gmail.fault("messages.get", message_id=gmail_id, status=404)


def test_rule_03_a_listed_message_that_is_not_found_is_asked_for_again(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    mirrored_one = next(iter(inbox(gmail)))
    (arrived,) = gmail.deliver()
    gmail.account("expire_history")
    deny(gmail, mirrored_one)
    deny(gmail, arrived)
    sync(account)
    assert mirrored(account) == inbox(gmail)
    assert [name for name, gmail_id in told(ann) if gmail_id == mirrored_one] == ["message.deleted", "message.added"]
    assert SkippedMessage.objects.count() == 0


def test_rule_03_a_first_sync_asks_again_for_what_is_not_found(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann)
    deny(gmail, next(iter(inbox(gmail))))
    sync(account)
    assert mirrored(account) == inbox(gmail)
    assert SkippedMessage.objects.count() == 0


@pytest.mark.parametrize(("first", "before_the_batch"), [(True, 3), (False, 5)], ids=["first sync", "resync"])
def test_what_is_deleted_between_the_listing_and_the_look_is_asked_for_once(
    gmail: Mailbox, ann: User, first: bool, before_the_batch: int
) -> None:
    account = gmail.connect(ann)
    if not first:
        sync(account)
        gmail.deliver()
        gmail.account("expire_history")
    asked = gmail.calls("messages.get")
    sync(account, Meanwhile(before_the_batch, lambda: gmail.act(next(iter(inbox(gmail))), "delete")))
    assert mirrored(account) == inbox(gmail)
    assert SkippedMessage.objects.count() == 0
    assert gmail.calls("messages.get") - asked == (3 if first else 4)


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
