"""One read of the history: what it moves, and what it leaves where it was."""

import pytest
from django.contrib.auth.models import User

from gmail_sync import quota
from gmail_sync.exceptions import GmailUnavailable
from gmail_sync.gmail import api as gmail_api
from gmail_sync.models import GmailAccount, Message
from gmail_sync.sync.batches import UNKNOWN_LIMIT
from gmail_sync.sync.settling import TRAILING_SECONDS
from tests.support.google.harness import (
    Mailbox,
    Meanwhile,
    a_moment_passes,
    attempt_sync,
    events,
    is_due,
    mirrored,
    push,
    seconds_until_due,
    sync,
    told,
)


def test_it_stores_new_mail_and_tells_of_it(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver(subject="Hello", label_ids=["INBOX", "UNREAD"], sender="Bob <bob@example.com>")
    sync(account)
    ((type_, payload),) = events(ann)
    message = payload["message"]
    assert (type_, payload["account_id"], message["id"]) == ("message.added", account.pk, gmail_id)
    assert (message["subject"], message["from"]) == ("Hello", "Bob <bob@example.com>")
    assert (message["label_ids"], mirrored(account)[gmail_id]) == (["INBOX", "UNREAD"], ["INBOX", "UNREAD"])


def test_it_tells_every_user_of_the_mailbox(gmail: Mailbox, account: GmailAccount, ann: User, bob: User) -> None:
    gmail.connect(bob)
    (gmail_id,) = gmail.deliver()
    sync(account)
    assert told(ann) == told(bob) == [("message.added", gmail_id)]


def test_it_moves_the_cursor_when_nothing_happened_that_concerns_us(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver(label_ids=["DRAFT"])
    sync(account)
    assert account.history_id == gmail.history_id


def test_it_reads_every_page(gmail: Mailbox, account: GmailAccount, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gmail_api, "PAGE_SIZE", 2)
    gmail_ids = gmail.deliver(5)
    sync(account)
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids]
    assert account.history_id == gmail.history_id


def test_it_goes_on_after_a_page_without_history(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver()
    gmail.fault("history.list", empty_page=True)
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_rule_04_an_error_on_a_later_page_takes_nothing_back(
    gmail: Mailbox, account: GmailAccount, ann: User, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(gmail_api, "PAGE_SIZE", 1)
    gmail_ids = gmail.deliver(3)
    gmail.fault("history.list", page=3, status=status)
    with pytest.raises(GmailUnavailable):
        sync(account)
    assert account.history_id == Message.objects.get(gmail_id=gmail_ids[1]).history_id
    sync(account)
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids]


@pytest.mark.parametrize(
    "fault",
    [
        {"method": "messages.get", "status": 429, "after": 26},
        {"method": "messages.get", "status": 429, "after": 3},
        {"method": "batch", "status": 503, "after": 1},
        {"method": "batch", "concurrency": 10},
        {"method": "batch", "drop": True, "after": 1},
    ],
)
def test_it_repeats_without_duplicates_what_failed_in_the_middle(
    gmail: Mailbox, account: GmailAccount, ann: User, fault: dict[str, object]
) -> None:
    start = account.history_id
    gmail_ids = gmail.deliver(30)
    gmail.fault(**fault)  # type: ignore[arg-type]
    assert attempt_sync(account) == "retry"
    stored = dict(Message.objects.filter(gmail_id__in=gmail_ids).values_list("gmail_id", "history_id"))
    assert list(told(ann)) == [("message.added", gmail_id) for gmail_id in gmail_ids[: len(stored)]]
    assert account.history_id == max(stored.values(), default=start)
    gmail.mend()
    sync(account)
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids]


def test_rule_04_a_long_backlog_makes_progress_under_throttles(
    gmail: Mailbox, account: GmailAccount, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "BATCH_LIMIT_UNITS", 1e9)
    gmail_ids = gmail.deliver(2 * UNKNOWN_LIMIT + 20)
    gmail.fault("messages.get", status=429, after=2 * UNKNOWN_LIMIT + 5)
    assert attempt_sync(account) == "retry"
    stored = Message.objects.filter(gmail_id__in=gmail_ids)
    assert stored.count() == 2 * UNKNOWN_LIMIT + 5
    last = gmail_ids[2 * UNKNOWN_LIMIT + 4]
    assert account.history_id == stored.get(gmail_id=last).history_id
    sync(account)
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids]


def test_rule_03_it_looks_once_more_soon_after_a_push(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver()
    push(account, gmail.history_id)
    assert sync(account) == TRAILING_SECONDS
    a_moment_passes()
    assert sync(account) > TRAILING_SECONDS


def test_rule_03_it_looks_once_more_when_the_push_came_after_its_read(gmail: Mailbox, account: GmailAccount) -> None:
    """A poll saw the first of several changes; then comes their only notice, which tells of that first one."""
    gmail.deliver()
    first = gmail.history_id
    a_moment_passes()
    assert sync(account) > TRAILING_SECONDS
    gmail.deliver()
    push(account, first)
    assert 0 < seconds_until_due(account) <= TRAILING_SECONDS
    assert sync(account) == TRAILING_SECONDS
    a_moment_passes()
    assert sync(account) > TRAILING_SECONDS
    assert account.history_id == gmail.history_id


def test_rule_03_it_looks_once_more_when_the_push_came_during_its_read(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver()
    first = gmail.history_id
    a_moment_passes()
    sync(account, Meanwhile(1, lambda: push(account, first)))
    assert is_due(account)
    assert sync(account) == TRAILING_SECONDS
