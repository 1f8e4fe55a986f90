"""The labels of a mailbox: listed after a consent to act, and when somebody wants to choose one."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client

from gmail_sync.models import GmailAccount, MailboxLabels
from tests.gmail_sync.acting.page import ActingPage
from tests.support.google.harness import Mailbox, attempt_sync, events, is_due, sync


def test_it_lists_the_labels_after_a_consent_to_act(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann, act=True)
    sync(account)
    (listed,) = [payload["labels"] for name, payload in events(ann) if name == "mailbox.labels"]
    assert {"id": "Label_1", "name": "Receipts", "type": "user"} in listed
    assert ActingPage(ann, account).browser.get(f"/labels/{account.pk}/").json()["labels"] == listed


def test_a_look_has_them_listed_again_and_only_a_difference_is_told(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    page.browser.get(f"/labels/{acting.pk}/")
    assert not is_due(acting)  # they were listed just now
    MailboxLabels.objects.update(listed_at=F("listed_at") - timedelta(minutes=5))
    page.browser.get(f"/labels/{acting.pk}/")
    assert is_due(acting)
    sync(acting)
    assert events(page.user) == []
    MailboxLabels.objects.update(labels=[])
    GmailAccount.objects.update(labels_due=True)
    sync(acting)
    assert [name for name, _ in events(page.user)] == ["mailbox.labels"]


def test_a_failure_to_list_them_delays_nothing(gmail: Mailbox, acting: GmailAccount) -> None:
    GmailAccount.objects.update(labels_due=True)
    gmail.fault("labels.list", email=gmail.email, status=500)
    (new,) = gmail.deliver(label_ids=["INBOX"])
    assert attempt_sync(acting) == "ok"
    assert acting.messages.filter(gmail_id=new).exists()
    assert acting.labels_due


def test_nobody_else_sees_them(acting: GmailAccount, bob: User) -> None:
    assert ActingPage(bob, acting, Client()).browser.get(f"/labels/{acting.pk}/").status_code == 404
