"""Gmail says yes and does nothing, or does it and says no: an act ends as what it was, never as what was said."""

import json

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount
from tests.gmail_sync.acting.page import ARCHIVE, STAR, ActingPage, ids_of, labels_at_gmail
from tests.support.google.harness import Mailbox, attempt_sync, mirrored, sync


def test_an_act_that_gmail_only_says_it_did_is_refused(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    lied_to, other = ids_of(gmail)[:2]
    body = json.dumps({"id": lied_to, "threadId": lied_to, "labelIds": ["INBOX", "UNREAD"]})
    gmail.fault("messages.modify", message_id=lied_to, body=body)
    op = page.act([lied_to, other], **ARCHIVE)
    sync(acting)
    assert page.settled() == [(op, "partly", "gmail", [lied_to])]
    assert mirrored(acting) == {key: sorted(labels) for key, labels in labels_at_gmail(gmail).items()}


def test_an_answer_of_before_the_change_is_looked_into(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    (first, *_) = ids_of(gmail)
    gmail.modify(first, remove=["INBOX"])  # it is done, and the answer does not show it yet
    body = json.dumps({"id": first, "labelIds": ["INBOX", "UNREAD"]})
    gmail.fault("messages.modify", message_id=first, body=body)
    page.act([first], **ARCHIVE)
    sync(acting)
    assert page.states() == ["done"]


def test_an_answer_without_labels_is_a_yes(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    for number, answer in enumerate([{}, {"id": "m"}, {"labelIds": None}, {"labelIds": [7]}, []]):
        gmail.fault("messages.modify", body=json.dumps(answer))
        page.act(ids_of(gmail)[:1], **STAR)
        sync(acting)
        assert page.states() == ["done"] * (number + 1)


def test_an_act_that_gmail_did_before_it_failed_is_done(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    gmail.fault("batch", email=gmail.email, drop=True, times=3)  # done, and cut off before the answer
    op = page.act(ids_of(gmail)[:1], **ARCHIVE)
    for _ in range(3):
        attempt_sync(acting)
    assert page.settled() == [(op, "done", "", [])]
    assert page.undo(op).status_code == 202
    sync(acting)
    assert "INBOX" in labels_at_gmail(gmail)[ids_of(gmail)[0]]


def test_rule_19_of_acts_that_went_together_only_the_failed_message_is_refused(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    failing, *others = ids_of(gmail)
    gmail.fault("messages.modify", message_id=failing, status=500, times=None)
    ops = [page.act([gmail_id], **STAR) for gmail_id in [failing, *others]]
    for _ in range(3):
        attempt_sync(acting)
    assert [(op, state) for op, state, *_ in page.settled()] == list(zip(ops, ["refused", "done", "done"], strict=True))


REFUSALS: list[tuple[int, str]] = [
    (400, "invalidArgument"),
    (400, "failedPrecondition"),
    (401, "authError"),
    (403, "forbidden"),
    (403, "domainPolicy"),
    (403, "accessNotConfigured"),
    (404, "notFound"),
    (409, "aborted"),
    (412, "conditionNotMet"),
    (500, "backendError"),
    (503, "backendError"),
]


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
@pytest.mark.parametrize(("status", "reason"), REFUSALS)
def test_rule_19_a_refusal_for_good_ends_the_act_and_nothing_else(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, ann: User, status: int, reason: str, many: bool
) -> None:
    gmail.deliver(10 * many, label_ids=["INBOX"])
    sync(acting)
    method = "messages.batchModify" if many else "messages.modify"
    gmail.fault(method, email=gmail.email, status=status, reason=reason, times=None)
    wanted = ids_of(gmail)[: 10 if many else 1]
    op = page.act(wanted, **STAR)
    for _ in range(4):
        gmail.deliver(label_ids=["INBOX"])
        attempt_sync(acting)
    assert [(name, state, failed) for name, state, _, failed in page.settled()] == [(op, "refused", sorted(wanted))]
    assert mirrored(acting) == {key: sorted(labels) for key, labels in labels_at_gmail(gmail).items()}
    assert (acting.failures, acting.state, acting.can_act) == (0, "connected", True)
