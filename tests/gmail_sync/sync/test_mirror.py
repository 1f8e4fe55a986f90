"""Each change in Gmail becomes its event."""

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount, Message
from tests.support.google.harness import Mailbox, events, mirrored, sync, told


def change_of(user: User) -> tuple[list[str], list[str], list[str]]:
    """Return the one message.changed that the user got: labels, added, removed."""
    ((type_, payload),) = events(user)
    assert type_ == "message.changed"
    return payload["message"]["label_ids"], payload["added_label_ids"], payload["removed_label_ids"]


@pytest.mark.parametrize(
    ("add", "remove", "labels"),
    [
        ([], ["UNREAD"], ["INBOX"]),
        (["STARRED"], [], ["INBOX", "STARRED", "UNREAD"]),
        ([], ["INBOX"], ["UNREAD"]),
        (["TRASH"], ["INBOX"], ["TRASH", "UNREAD"]),
        (["SPAM"], ["INBOX"], ["SPAM", "UNREAD"]),
        (["STARRED"], ["UNREAD"], ["INBOX", "STARRED"]),
    ],
)
def test_it_tells_what_changed_and_the_whole_new_list(
    gmail: Mailbox,
    account: GmailAccount,
    ann: User,
    gmail_id: str,
    add: list[str],
    remove: list[str],
    labels: list[str],
) -> None:
    gmail.modify(gmail_id, add, remove)
    sync(account)
    assert change_of(ann) == (labels, add, remove)
    assert mirrored(account)[gmail_id] == labels


def test_it_keeps_a_trashed_message_with_its_labels(gmail: Mailbox, account: GmailAccount, gmail_id: str) -> None:
    gmail.act(gmail_id, "trash")
    sync(account)
    row = Message.objects.get(gmail_id=gmail_id)
    assert (row.label_ids, row.in_inbox) == (["TRASH", "UNREAD"], False)
    gmail.act(gmail_id, "untrash")
    sync(account)
    assert mirrored(account)[gmail_id] == ["UNREAD"]


def test_it_tells_of_a_deletion_and_forgets_the_row(
    gmail: Mailbox, account: GmailAccount, ann: User, gmail_id: str
) -> None:
    gmail.act(gmail_id, "delete")
    sync(account)
    assert told(ann) == [("message.deleted", gmail_id)]
    assert gmail_id not in mirrored(account)


def test_it_nets_what_happened_between_two_reads(
    gmail: Mailbox, account: GmailAccount, ann: User, gmail_id: str
) -> None:
    gmail.modify(gmail_id, add=["STARRED"])
    gmail.modify(gmail_id, remove=["UNREAD"])
    gmail.modify(gmail_id, remove=["STARRED"])
    sync(account)
    assert change_of(ann) == (["INBOX"], [], ["UNREAD"])


def test_it_tells_nothing_when_all_was_undone(gmail: Mailbox, account: GmailAccount, ann: User, gmail_id: str) -> None:
    gmail.modify(gmail_id, remove=["UNREAD"])
    gmail.modify(gmail_id, add=["UNREAD"])
    sync(account)
    assert events(ann) == []
    assert account.history_id == gmail.history_id


def test_it_ignores_label_changes_of_messages_that_it_does_not_show(gmail: Mailbox, ann: User) -> None:
    (archived,) = gmail.deliver(label_ids=["UNREAD"])
    account = gmail.connect(ann)
    sync(account)
    gmail.modify(archived, add=["STARRED"], remove=["UNREAD"])
    sync(account)
    assert archived not in mirrored(account)
    assert told(ann) == []


def test_it_adds_an_unknown_message_that_comes_back_from_the_archive(gmail: Mailbox, ann: User) -> None:
    (archived,) = gmail.deliver(label_ids=["UNREAD"], subject="From long ago")
    account = gmail.connect(ann)
    sync(account)
    gmail.modify(archived, add=["INBOX"])
    sync(account)
    assert told(ann) == [("message.added", archived)]
    assert Message.objects.get(gmail_id=archived).subject == "From long ago"


@pytest.mark.parametrize("label", ["DRAFT", "SPAM"])
def test_it_leaves_out_what_is_no_mail(gmail: Mailbox, account: GmailAccount, ann: User, label: str) -> None:
    (gmail_id,) = gmail.deliver(label_ids=[label])
    sync(account)
    assert gmail_id not in mirrored(account)
    assert events(ann) == []
    assert account.history_id == gmail.history_id


def test_it_adds_spam_that_turns_out_to_be_mail(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["SPAM", "UNREAD"])
    sync(account)
    gmail.modify(gmail_id, add=["INBOX"], remove=["SPAM"])
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_it_adds_imported_mail_though_its_record_has_no_labels(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    (gmail_id,) = gmail.deliver(imported=True, label_ids=["INBOX"])
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_it_says_nothing_of_mail_that_came_and_went(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver()
    gmail.act(gmail_id, "delete")
    sync(account)
    assert events(ann) == []
    assert gmail.calls("messages.get") == 3  # those of the first sync


def test_it_mirrors_new_mail_that_was_trashed_before_we_looked(gmail: Mailbox, account: GmailAccount) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["INBOX"])
    gmail.act(gmail_id, "trash")
    sync(account)
    assert mirrored(account)[gmail_id] == ["TRASH"]


def test_rule_16_a_message_full_of_traps_is_stored(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    hostile = "=?undefined?Q?abc?= a\x00b"
    (gmail_id,) = gmail.deliver(subject=hostile, text="x\x00y")
    assert sync(account) > 0
    row = Message.objects.get(gmail_id=gmail_id)
    assert "\x00" not in row.subject + row.snippet
    assert told(ann) == [("message.added", gmail_id)]
