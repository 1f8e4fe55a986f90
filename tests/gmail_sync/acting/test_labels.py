"""The labels of a mailbox: listed after a consent to act, and when somebody wants to choose one."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gmail_sync.gmail.changing import NAMES_KEPT, read_labels
from gmail_sync.models import GmailAccount, MailboxLabels
from tests.gmail_sync.acting.page import ActingPage
from tests.support.google.harness import Mailbox, attempt_sync, events, is_due, sync


def test_it_lists_the_labels_after_a_consent_to_act(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann, act=True)
    sync(account)
    (listed,) = [payload["labels"] for name, payload in events(ann) if name == "mailbox.labels"]
    assert {"id": "Label_1", "name": "Receipts", "type": "user"} in listed
    assert ActingPage(ann, account).browser.get(f"/labels/{account.pk}/").json()["labels"] == listed


def test_who_wants_to_choose_has_them_listed_again_and_only_a_difference_is_told(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    page.browser.post(f"/labels/{acting.pk}/")
    assert not is_due(acting)  # they were listed just now
    MailboxLabels.objects.update(listed_at=F("listed_at") - timedelta(minutes=5))
    page.browser.get(f"/labels/{acting.pk}/")
    assert not is_due(acting)  # a look changes nothing
    assert page.browser.post(f"/labels/{acting.pk}/").json()["account_id"] == acting.pk
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
    stranger = ActingPage(bob, acting, Client()).browser
    assert stranger.get(f"/labels/{acting.pk}/").status_code == 404
    assert stranger.post(f"/labels/{acting.pk}/").status_code == 404


def test_they_are_listed_for_a_mailbox_that_may_only_be_read(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann)
    sync(account)
    page = ActingPage(ann, account)
    assert page.browser.post(f"/labels/{account.pk}/").json()["labels"] == []
    sync(account)
    assert "Receipts" in {label["name"] for label in page.browser.get(f"/labels/{account.pk}/").json()["labels"]}


def test_neither_the_sync_nor_an_act_nor_a_list_loads_them(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    gmail.deliver(label_ids=["INBOX"])
    with CaptureQueriesContext(connection) as asked:
        sync(acting)
        page.act(list(acting.messages.values_list("gmail_id", flat=True)[:1]), remove=["INBOX"])
        sync(acting)
        for path in ("/messages/", "/accounts/", "/actions/"):
            page.browser.get(path)
    assert [query["sql"] for query in asked if "mailboxlabels" in query["sql"]] == []


@pytest.mark.parametrize(("count", "length", "kept"), [(3, 225, 225), (2_000, 20, 20), (2_000, 225, 30)])
def test_their_names_are_bounded_together(count: int, length: int, kept: int) -> None:
    listed = [{"id": f"Label_{number}", "name": "n" * length, "type": "user"} for number in range(count)]
    labels = read_labels({"labels": listed})
    assert {len(label["name"]) for label in labels} == {kept}
    assert sum(len(label["name"]) for label in labels) <= NAMES_KEPT
