"""An act from the page's request to Gmail, to every member's page and back to the one who acted."""

import uuid

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount
from tests.gmail_sync.acting.page import ARCHIVE, STAR, TRASH, ActingPage, ids_of, labels_at_gmail
from tests.support.google.harness import Mailbox, attempt_sync, events, is_due, mirrored, sync, types

LONG_AGO_MS = 1_700_000_000_000


def test_rule_22_it_stars_a_message_for_everybody_and_settles_last(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, ann: User, bob: User
) -> None:
    acting.users.add(bob)
    ann.first_name, ann.last_name = "Ann", "Okafor"
    ann.save()
    first = ids_of(gmail)[0]
    op = page.act([first], **STAR)
    sync(acting)
    assert "STARRED" in labels_at_gmail(gmail)[first]
    assert labels_at_gmail(gmail) == {gmail_id: set(labels) for gmail_id, labels in mirrored(acting).items()}
    (_, changed), (name, settled) = events(ann)
    assert (changed["by"], changed["op"]) == ({"id": ann.pk, "name": "Ann Okafor"}, op)
    assert changed["added_label_ids"] == ["STARRED"]
    assert (name, settled["op"], settled["state"]) == ("action.settled", op, "done")
    assert [(kind, payload["by"]["id"]) for kind, payload in events(bob)] == [("message.changed", ann.pk)]


def test_it_names_who_acted_and_tells_nobody_their_address(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, ann: User
) -> None:
    ann.username = "ann.okafor@example.com"  # as whoever signs in with Google is called
    ann.save()
    page.act(ids_of(gmail)[:1], **STAR)
    sync(acting)
    (_, changed), _ = events(ann)
    assert changed["by"] == {"id": ann.pk, "name": "ann.okafor"}


def test_the_echo_of_an_act_tells_nothing(gmail: Mailbox, acting: GmailAccount, page: ActingPage, ann: User) -> None:
    page.act(ids_of(gmail), **ARCHIVE)
    for _ in range(3):
        sync(acting)
    assert types(ann) == ["message.changed"] * 3 + ["action.settled"]
    assert acting.history_id == gmail.history_id
    assert acting.inbox_total == 0


def test_rule_22_mail_page_02_the_same_act_posted_five_times_has_one_effect(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, ann: User
) -> None:
    op, first = str(uuid.uuid4()), ids_of(gmail)[0]
    assert [page.post(op, messages=[first], **TRASH).status_code for _ in range(4)] == [202, 200, 200, 200]
    sync(acting)
    known = page.post(op, messages=[first], **TRASH)
    assert (known.status_code, known.json()) == (200, {"op": op, "state": "done", "reason": "", "failed": []})
    assert types(ann) == ["message.changed", "action.settled"]
    assert gmail.calls("messages.modify") == 1
    assert not is_due(acting)


def test_rule_22_mail_page_05_a_reply_that_arrives_between_sight_and_archive_stays(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    (seen,) = gmail.deliver(label_ids=["INBOX", "UNREAD"], internal_date=LONG_AGO_MS, subject="no answer to another")
    (answer,) = gmail.deliver(label_ids=["INBOX"], thread_id=seen, internal_date=LONG_AGO_MS + 1)
    sync(acting)
    (reply,) = gmail.deliver(label_ids=["INBOX", "UNREAD"], thread_id=seen)
    sync(acting)
    page.act([], threads=[{"id": seen, "up_to": answer}], **ARCHIVE)
    sync(acting)
    labels = labels_at_gmail(gmail)
    assert ["INBOX" in labels[gmail_id] for gmail_id in (seen, answer, reply)] == [False, False, True]
    assert "INBOX" in mirrored(acting)[reply]


@pytest.mark.parametrize("count", [9, 10])
def test_it_changes_a_few_one_by_one_and_many_at_once(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, count: int
) -> None:
    some = gmail.deliver(count, label_ids=["INBOX"])
    sync(acting)
    page.act(some, **ARCHIVE)
    sync(acting)
    assert all("INBOX" not in labels_at_gmail(gmail)[gmail_id] for gmail_id in some)
    assert (gmail.calls("messages.modify"), gmail.calls("messages.batchModify")) == ((9, 0) if count == 9 else (0, 1))


def test_neighbours_with_the_same_difference_are_one_call(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    some = gmail.deliver(12, label_ids=["INBOX"])
    sync(acting)
    ops = [page.act([gmail_id], **ARCHIVE) for gmail_id in some]
    ops.append(page.act(some[:1], **STAR))
    sync(acting)
    assert [op for op, state, _, _ in page.settled() if state == "done"] == ops
    assert (gmail.calls("messages.batchModify"), gmail.calls("messages.modify")) == (1, 1)


def test_a_message_that_is_gone_fails_alone(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    gone, *others = ids_of(gmail)
    gmail.act(gone, "delete")
    op = page.act([gone, *others], **STAR)
    sync(acting)
    assert page.settled() == [(op, "partly", "gone", [gone])]
    assert all("STARRED" in labels_at_gmail(gmail)[gmail_id] for gmail_id in others)


def test_a_label_that_gmail_does_not_know_is_refused_and_the_labels_are_listed_again(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    acting.labels.delete()
    op = page.act(ids_of(gmail)[:1], add=["Label_99"])
    sync(acting)
    assert page.settled() == [(op, "refused", "label", ids_of(gmail)[:1])]
    assert page.post(messages=ids_of(gmail)[:1], add=["Label_99"]).status_code == 422
    assert page.post(messages=ids_of(gmail)[:1], add=["Label_1"]).status_code == 202


def test_rule_22_a_call_whose_answer_was_lost_is_repeated(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    first = ids_of(gmail)[0]
    gmail.fault("batch", email=gmail.email, drop=True)
    op = page.act([first], **ARCHIVE)
    assert attempt_sync(acting) == "retry"
    assert page.open()[0]["op"] == op
    GmailAccount.objects.update(retry_at=None)
    sync(acting)
    assert page.states() == ["done"]
    assert page.undo(op).status_code == 202
    sync(acting)
    assert "INBOX" in labels_at_gmail(gmail)[first]


def test_it_passes_over_what_stands_so_already(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    first = ids_of(gmail)[0]
    page.act([first], **ARCHIVE)
    page.act([first], remove=["INBOX"], add=["STARRED"])
    page.act([first], **ARCHIVE)
    sync(acting)
    assert page.states() == ["done"] * 3
    assert types(page.user) == [*["message.changed", "action.settled"] * 2, "action.settled"]
