"""A value that nothing can hold stops no mailbox: it costs what it belongs to, and no more (RULES R16, RULES R19)."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount, GmailWatch, MailboxLabels, SkippedMessage
from tests.support.google.harness import Mailbox, attempt_sync, mirrored, sync, told

WORDS = "the \ud83d backend \0 is busy"
NUMBERS: list[Any] = [float("inf"), float("nan"), 2**63, "9" * 5_000, 1.5, True, "\0", None]
IDS: list[Any] = ["a\0", "\ud800", "x" * 65, "", 7, None, "a b"]


def says(status: int) -> dict[str, Any]:
    """A refusal of Gmail's own, in such words."""
    return {"status": status, "body": json.dumps({"error": {"code": status, "message": WORDS}})}


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_rule_16_words_that_no_row_holds_are_an_error_like_another(
    gmail: Mailbox, account: GmailAccount, status: int
) -> None:
    gmail.fault("history.list", **says(status), times=None)
    assert attempt_sync(account) in ("retry", "access_refused")
    assert (account.claim, account.failures) == ("", 1)
    assert account.retry_at is not None
    gmail.mend()
    assert attempt_sync(account) == "ok"


def test_rule_16_they_keep_no_watch_from_being_tried_again(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(renew_at=None)
    gmail.fault("watch", **says(400))
    assert attempt_sync(account) == "ok"
    assert GmailWatch.objects.get().state == "failed"
    assert "backend" in GmailWatch.objects.get().last_error


def test_rule_19_they_are_about_the_message_that_was_refused(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    refused, good = gmail.deliver(2)
    gmail.fault("messages.get", message_id=refused, **says(500))
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", good)]
    assert "backend" in SkippedMessage.objects.get(gmail_id=refused).reason


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_rule_19_a_number_that_no_column_holds_is_one_messages(
    gmail: Mailbox, account: GmailAccount, ann: User, number: Any
) -> None:
    odd, good = gmail.deliver(2)
    body = json.dumps({"id": odd, "threadId": odd, "labelIds": ["INBOX"], "historyId": number})
    gmail.fault("messages.get", message_id=odd, body=body, times=None)
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", good)]
    assert SkippedMessage.objects.get().gmail_id == odd


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_rule_19_an_answer_about_another_message_is_no_answer(
    gmail: Mailbox, account: GmailAccount, ann: User, is_known: bool
) -> None:
    known = next(iter(mirrored(account)))
    asked, good = gmail.deliver(2)
    other = known if is_known else "18c2ffffffffffff"
    body = json.dumps({"id": other, "threadId": other, "labelIds": ["TRASH"], "historyId": str(gmail.history_id)})
    gmail.fault("messages.get", message_id=asked, body=body, times=None)
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", good)]
    assert (SkippedMessage.objects.get().gmail_id, mirrored(account)[known]) == (asked, ["INBOX", "UNREAD"])


def of_history(gmail: Mailbox, good: str, **odd: Any) -> None:
    """Let every answer of the history have this record, and behind it the arrival of a good message."""
    added = {"message": {"id": good, "threadId": good, "labelIds": ["INBOX"]}}
    records = [{"id": str(gmail.history_id - 1), **odd}, {"id": str(gmail.history_id), "messagesAdded": [added]}]
    body = json.dumps({"history": records, "historyId": str(gmail.history_id)})
    gmail.fault("history.list", body=body, times=None)


@pytest.mark.parametrize(
    "odd",
    [{"id": number} for number in NUMBERS] + [{"messagesAdded": [{"message": {"id": gmail_id}}]} for gmail_id in IDS],
    ids=repr,
)
def test_rule_19_a_record_that_nothing_can_hold_is_passed_after_three_tries(
    gmail: Mailbox, account: GmailAccount, ann: User, odd: dict[str, Any]
) -> None:
    (good,) = gmail.deliver()
    of_history(gmail, good, **odd)
    results = [attempt_sync(account) for _ in range(3)]
    assert (results[-1], told(ann)) == ("ok", [("message.added", good)])
    assert account.history_id == gmail.history_id


@pytest.mark.parametrize("odd", IDS, ids=repr)
def test_rule_19_an_id_that_nothing_can_hold_is_left_out_of_a_listing(gmail: Mailbox, ann: User, odd: Any) -> None:
    (good,) = gmail.deliver(label_ids=["INBOX"])
    account = gmail.connect(ann)
    body = json.dumps({"messages": [{"id": odd, "threadId": "t"}, {"id": good, "threadId": good}]})
    gmail.fault("messages.list", body=body, times=None)
    assert attempt_sync(account) == "ok"
    assert (account.state, list(mirrored(account))) == ("connected", [good])


@pytest.mark.parametrize("number", [float("inf"), 10**10, -1, "9" * 5_000, [], "\0"], ids=repr)
def test_rule_19_a_count_that_no_column_holds_keeps_no_mail(
    gmail: Mailbox, account: GmailAccount, ann: User, number: Any
) -> None:
    (good,) = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    body = json.dumps({"id": "INBOX", "messagesUnread": number, "messagesTotal": 7})
    gmail.fault("labels.get", body=body, times=None)
    assert [attempt_sync(account), attempt_sync(account)] == ["ok", "ok"]
    assert told(ann) == [("message.added", good)]


def test_rule_19_a_label_that_no_row_holds_stops_no_mailbox(gmail: Mailbox, account: GmailAccount) -> None:
    GmailAccount.objects.update(labels_due=True)
    labels = [{"id": "Label_1", "name": WORDS, "type": "user"}, 7, {"id": "Label_2"}, {"id": "Label_3", "name": "n"}]
    gmail.fault("labels.list", body=json.dumps({"labels": labels}))
    assert attempt_sync(account) == "ok"
    assert not account.labels_due
    assert [label["id"] for label in MailboxLabels.objects.get().labels] == ["Label_1", "Label_3"]


def test_a_conversation_without_an_address_is_a_message_of_its_own(gmail: Mailbox, account: GmailAccount) -> None:
    (odd,) = gmail.deliver()
    body = json.dumps({"id": odd, "threadId": "a b/\ud800", "labelIds": ["INBOX"], "historyId": "7"})
    gmail.fault("messages.get", message_id=odd, body=body)
    sync(account)
    assert account.messages.get(gmail_id=odd).thread_id == ""
