"""Acts that have to wait: for Gmail, for a claim, for a budget, for consent; and those that nobody wants any more."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client

from gmail_sync import quota
from gmail_sync.acting import waiting
from gmail_sync.claims import claim_due
from gmail_sync.consent import membership
from gmail_sync.models import GmailAccount, LabelAction
from gmail_sync.sync.account import sync_account
from tests.gmail_sync.acting.page import ARCHIVE, STAR, ActingPage, ids_of, labels_at_gmail
from tests.support.google.harness import (
    Mailbox,
    Meanwhile,
    attempt_sync,
    claim,
    is_due,
    push,
    sync,
    told,
    types,
)


def an_hour_passes() -> None:
    LabelAction.objects.update(created_at=F("created_at") - timedelta(hours=1, minutes=1))


def test_mail_page_04_an_act_in_a_throttle_waits_and_no_push_shortens_it(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    first = ids_of(gmail)[0]
    gmail.fault("messages.modify", email=gmail.email, status=429, retry_after=60)
    page.act([first], **ARCHIVE)
    assert attempt_sync(acting) == "retry"
    gmail.deliver()
    push(acting, gmail.history_id)
    page.act([first], **STAR)
    assert (is_due(acting), page.states(), len(page.open())) == (False, [], 2)
    GmailAccount.objects.update(retry_at=Now())  # the minute is over
    sync(acting)
    assert page.states() == ["done", "done"]
    assert labels_at_gmail(gmail)[first] == {"UNREAD", "STARRED"}


def test_mail_page_03_an_act_is_sent_in_the_midst_of_a_long_first_sync(gmail: Mailbox, ann: User) -> None:
    gmail.deliver(120, label_ids=["INBOX"])
    account = gmail.connect(ann, act=True)
    page = ActingPage(ann, account, Client())
    newest = ids_of(gmail)[0]
    act = Meanwhile(6, lambda: page.act([newest], **ARCHIVE))  # one batch is written, the next is on its way
    sync(account, act)
    assert page.states() == ["done"]
    assert "INBOX" not in labels_at_gmail(gmail)[newest]
    after = types(ann)[types(ann).index("action.settled") :]
    assert after.count("account.status") > 1  # most of the first sync came after it


def test_an_act_does_not_wait_for_the_budget_of_a_backfill(
    gmail: Mailbox, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "BATCH_LIMIT_UNITS", 1_200.0)
    gmail.deliver(60, label_ids=["INBOX"])
    account = gmail.connect(ann, act=True)
    assert attempt_sync(account) == "budget_spent"
    assert not is_due(account)
    page = ActingPage(ann, account, Client())
    page.act([account.messages.values_list("gmail_id", flat=True)[0]], **ARCHIVE)
    assert is_due(account)
    assert attempt_sync(account) == "budget_spent"
    assert (page.states(), is_due(account)) == (["done"], False)


def test_acts_wait_for_their_own_budget_without_turning_in_circles(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "LIMIT_UNITS", 1.0)
    page.act(ids_of(gmail), **STAR)
    assert attempt_sync(acting) == "budget_spent"
    assert (page.states(), is_due(acting)) == ([], False)


def test_mail_page_07_who_has_left_acts_no_more_and_is_told(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, bob: User
) -> None:
    acting.users.add(bob)
    page.act(ids_of(gmail)[:1], **ARCHIVE)
    membership.leave(page.user.pk, acting.pk)
    sync(acting)
    assert [(state, reason) for _, state, reason, _ in page.settled()] == [("dropped", "left")]
    assert "INBOX" in labels_at_gmail(gmail)[ids_of(gmail)[0]]
    assert told(bob) == []


def test_acts_of_a_mailbox_without_consent_expire_after_an_hour(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    op = page.act(ids_of(gmail)[:1], **ARCHIVE)
    GmailAccount.objects.update(state="reauth_required")
    waiting.look_after_waiting()
    assert page.states() == []
    an_hour_passes()
    waiting.look_after_waiting()
    assert page.settled() == [(op, "expired", "reauth_required", [])]


def test_an_act_of_an_hour_ago_is_not_sent(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    page.act(ids_of(gmail)[:1], **ARCHIVE)
    an_hour_passes()
    sync(acting)
    assert page.states() == ["expired"]
    assert "INBOX" in labels_at_gmail(gmail)[ids_of(gmail)[0]]


def test_a_mailbox_that_sleeps_over_an_act_is_woken(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    page.act(ids_of(gmail)[:1], **STAR)
    GmailAccount.objects.update(next_sync_at=Now() + timedelta(minutes=10))  # by a worker that knows no acts
    assert not is_due(acting)
    waiting.look_after_waiting()
    assert is_due(acting)


def test_an_act_that_gmail_fails_at_for_good_stops_nothing_else(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, ann: User
) -> None:
    gmail.fault("messages.modify", email=gmail.email, status=500, times=None)
    op = page.act(ids_of(gmail)[:1], **STAR)
    gmail.deliver(label_ids=["INBOX"])
    for _ in range(4):
        attempt_sync(acting)
    assert page.settled()[0][:3] == (op, "refused", "gmail")
    assert len(told(ann, "message.added")) == 1
    assert acting.failures == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 403, "reason": "forbidden"},
        {"status": 400, "reason": "failedPrecondition"},
    ],
)
def test_rule_19_acts_that_gmail_refuses_for_good_end_while_mail_goes_on_coming(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, ann: User, fault: dict[str, Any]
) -> None:
    gmail.fault("messages.modify", email=gmail.email, times=None, **fault)
    op = page.act(ids_of(gmail)[:1], **STAR)
    for _ in range(4):
        gmail.deliver(label_ids=["INBOX"])
        attempt_sync(acting)
    assert [(name, state) for name, state, *_ in page.settled()] == [(op, "refused")]
    assert len(told(ann, "message.added")) == 4
    assert (acting.failures, acting.state) == (0, "connected")


def test_old_acts_are_forgotten_after_a_week(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    op = page.act(ids_of(gmail)[:1], **STAR)
    sync(acting)
    page.undo(op)
    waiting.forget_old()
    assert LabelAction.objects.count() == 2
    LabelAction.objects.filter(undoes=None).update(created_at=F("created_at") - timedelta(days=8))
    waiting.forget_old()
    assert LabelAction.objects.count() == 1


def test_an_act_that_comes_while_it_is_read_is_due_at_once(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    held = claim(acting, Meanwhile(1, lambda: page.act(ids_of(gmail)[:1], **STAR)))
    held.finish(sync_account(held))
    assert is_due(acting)
    (again,) = claim_due(1, threading.Event())
    assert again.account.acts_due
    sync_account(again)
    assert page.states() == ["done"]
