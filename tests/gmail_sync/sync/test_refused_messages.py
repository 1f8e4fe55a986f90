"""A refusal belongs to what it refused: one message's own never holds up its mailbox (RULES R19)."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount, SkippedMessage
from tests.gmail_sync.sync.refusals import entry, hours_pass, refuse
from tests.support.google.harness import (
    Mailbox,
    attempt_sync,
    mirrored,
    push,
    seconds_until_due,
    sync,
    told,
)

OWN = [
    {"status": 500},
    {"status": 502},
    {"status": 503},
    {"status": 503, "retry_after": 600},
    {"status": 400},
    {"status": 403, "reason": "forbidden"},
    {"status": 418},
]
ABOUT_ALL = [{"status": 429}, {"status": 403, "reason": "userRateLimitExceeded"}]


@pytest.mark.parametrize("how", OWN, ids=str)
def test_rule_19_a_message_that_gmail_refuses_does_not_hold_up_the_others(
    gmail: Mailbox, account: GmailAccount, ann: User, how: dict[str, Any]
) -> None:
    before, broken, after = gmail.deliver(3)
    refuse(gmail, broken, **how)
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", before), ("message.added", after)]
    assert (account.history_id, account.failures) == (gmail.history_id, 0)
    assert str(how["status"]) in entry(broken).reason


@pytest.mark.parametrize("how", OWN, ids=str)
def test_rule_19_a_refused_message_alone_holds_its_mailbox_for_three_tries(
    gmail: Mailbox, account: GmailAccount, ann: User, how: dict[str, Any]
) -> None:
    (broken,) = gmail.deliver()
    refuse(gmail, broken, **how)
    assert [attempt_sync(account) for _ in range(3)] == ["retry", "retry", "ok"]
    assert (account.history_id, entry(broken).skipped) == (gmail.history_id, False)
    (good,) = gmail.deliver()
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", good)]


@pytest.mark.parametrize("how", ABOUT_ALL, ids=str)
def test_rule_19_what_is_about_the_mailbox_is_no_messages_own(
    gmail: Mailbox, account: GmailAccount, ann: User, how: dict[str, Any]
) -> None:
    before, throttled, after = gmail.deliver(3)
    gmail.fault("messages.get", message_id=throttled, **how)
    assert attempt_sync(account) == "retry"
    assert (told(ann), SkippedMessage.objects.count()) == ([("message.added", before)], 0)
    assert attempt_sync(account) == "ok"
    assert told(ann)[1:] == [("message.added", throttled), ("message.added", after)]


def test_rule_19_a_message_that_spoils_its_whole_batch_holds_up_nothing_else(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    gmail_ids = gmail.deliver(3)
    gmail.fault("batch", status=500, times=3)
    gmail.fault("batch", status=500, after=1)  # the second one alone
    assert [attempt_sync(account) for _ in range(3)] == ["retry", "retry", "ok"]
    assert told(ann) == [("message.added", gmail_ids[0]), ("message.added", gmail_ids[2])]
    assert entry(gmail_ids[1]).kind == "failed"


@pytest.mark.parametrize("first", [True, False], ids=["first sync", "resync"])
@pytest.mark.parametrize("how", OWN, ids=str)
def test_rule_19_a_mailbox_is_filled_without_the_message_that_gmail_refuses(
    gmail: Mailbox, ann: User, how: dict[str, Any], first: bool
) -> None:
    account = gmail.connect(ann)
    if not first:
        sync(account)
        gmail.account("expire_history")
    (broken,) = gmail.deliver(label_ids=["INBOX"])
    if not first:
        gmail.account("expire_history")
    refuse(gmail, broken, **how)
    assert attempt_sync(account) == "ok"
    assert (account.state, account.resync_pin, len(mirrored(account))) == ("connected", None, 3)
    assert entry(broken).skipped is False
    gmail.mend()
    hours_pass()
    assert attempt_sync(account) == "ok"
    assert broken in mirrored(account)


def test_rule_19_an_inbox_of_refused_messages_alone_is_connected(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann)
    gmail.fault("messages.get", status=500, times=None)
    assert [attempt_sync(account) for _ in range(3)] == ["retry", "retry", "ok"]
    assert (account.state, SkippedMessage.objects.count()) == ("connected", 3)
    gmail.mend()
    hours_pass()
    assert attempt_sync(account) == "ok"
    assert len(mirrored(account)) == 3


def test_rule_19_an_outage_of_an_hour_loses_nothing(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.fault("messages.get", status=503, times=None)
    gmail_ids: list[str] = []
    for _ in range(12):  # each five minutes: a push, and what is due by then
        gmail_ids += gmail.deliver()
        push(account, gmail.history_id)
        GmailAccount.objects.update(retry_at=None)
        hours_pass()
        attempt_sync(account)
    assert told(ann) == []
    gmail.mend()
    gmail_ids += gmail.deliver()
    push(account, gmail.history_id)
    GmailAccount.objects.update(retry_at=None)
    assert attempt_sync(account) == "ok"
    assert told(ann)[-1] == ("message.added", gmail_ids[-1])
    assert seconds_until_due(account) < 5
    attempt_sync(account)
    assert {gmail_id for _, gmail_id in told(ann)} == set(gmail_ids)
    assert not SkippedMessage.objects.exists()


def test_a_refused_message_beside_one_that_cannot_be_written_is_kept(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    good, broken, refused = gmail.deliver(3)
    taken = next(iter(mirrored(account)))
    gmail.fault("messages.get", message_id=broken, body=f'{{"id": "{taken}"}}', times=None)
    refuse(gmail, refused, status=500)
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", good)]
    assert set(SkippedMessage.objects.values_list("gmail_id", flat=True)) == {broken, refused}


@pytest.mark.parametrize(
    "how", [{"status": 500}, {"status": 404}, {"status": 403, "reason": "forbidden"}, {"body": "[7]"}], ids=str
)
def test_rule_19_counts_that_gmail_does_not_give_come_later(
    gmail: Mailbox, account: GmailAccount, ann: User, how: dict[str, Any]
) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    gmail.fault("labels.get", **how)
    assert attempt_sync(account) == "ok"
    assert (account.state, account.counts_due, told(ann)) == ("connected", True, [("message.added", gmail_id)])
    assert attempt_sync(account) == "ok"
    assert (account.inbox_unread, account.counts_due) == (4, False)
