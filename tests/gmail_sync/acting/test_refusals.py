"""The acts that are not taken, each with its status and reason, and nothing stored."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client

from gmail_sync.models import GmailAccount, LabelAction
from tests.gmail_sync.acting.page import ARCHIVE, STAR, ActingPage
from tests.gmail_sync.acting.page import ids_of as all_of
from tests.support.google.harness import Mailbox, sync

pytestmark = pytest.mark.any_database

OP = str(uuid.uuid4())
IMPOSSIBLE: list[dict[str, Any]] = [
    {},
    {"add": ["SENT"]},
    {"remove": ["DRAFT"]},
    {"add": ["CHAT"]},
    {"add": ["INBOX", "TRASH"]},
    {"add": ["STARRED"], "remove": ["STARRED"]},
    {"add": ["nonsense"]},
    {"add": ["Label_99"]},
    {"add": [7]},
    {"add": ["\x00"]},
]
UNREADABLE = [
    b"",
    b"[]",
    b"{",
    b"[" * 100_000,
    b'{"op":"x","account_id":1}',
    b'{"op":"%s","account_id":true}' % OP.encode(),
]


@pytest.mark.parametrize("difference", IMPOSSIBLE)
def test_it_refuses_labels_that_nobody_may_change_so(
    gmail: Mailbox, page: ActingPage, difference: dict[str, Any]
) -> None:
    answer = page.post(messages=all_of(gmail), **difference)
    assert (answer.status_code, answer.json()) == (422, {"reason": "label"})
    assert not LabelAction.objects.exists()


@pytest.mark.parametrize("body", UNREADABLE)
def test_it_refuses_what_it_cannot_read(page: ActingPage, body: bytes) -> None:
    answer = page.browser.post("/actions/", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"reason": "unreadable"})


def test_it_tells_what_is_not_theirs_and_what_is_not_there_alike(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, bob: User
) -> None:
    strange = ActingPage(bob, acting, Client()).post(messages=all_of(gmail), **STAR)
    nothing = page.post(messages=["18c2ffffffffffff"], threads=[{"id": "a", "up_to": "b"}], **STAR)
    nobodys = page.post(account_id=2**40, messages=all_of(gmail), **STAR)
    for answer in (strange, nothing, nobodys, page.undo(OP), page.undo("x")):
        assert answer.status_code == 404
    assert not LabelAction.objects.exists()


def test_it_refuses_more_than_a_thousand_messages(page: ActingPage) -> None:
    assert page.post(messages=[f"18{number:014x}" for number in range(1_001)], **STAR).status_code == 413
    assert page.post(messages=["a" * 3_000_000], **STAR).status_code == 413


def test_it_refuses_more_than_120_acts_a_minute(gmail: Mailbox, page: ActingPage) -> None:
    first = all_of(gmail)[:1]
    op = page.act(first, **STAR)
    others = [LabelAction(op=uuid.uuid4(), user=page.user, account=page.account, created_at=Now()) for _ in range(118)]
    LabelAction.objects.bulk_create(others)
    page.act(first, **STAR)
    answer = page.post(messages=first, **STAR)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert page.post(op, messages=first, **STAR).status_code == 200  # asking again is free


def test_it_refuses_while_google_asks_for_consent(gmail: Mailbox, page: ActingPage) -> None:
    GmailAccount.objects.update(state="reauth_required")
    answer = page.post(messages=all_of(gmail), **STAR)
    assert (answer.status_code, answer.json()) == (409, {"reason": "reauth_required"})


def test_mail_page_08_a_read_only_mailbox_is_refused(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    answer = ActingPage(ann, account, Client()).post(messages=all_of(gmail), **STAR)
    assert (answer.status_code, answer.json()) == (403, {"reason": "read_only"})


def test_mail_page_08_a_consent_without_acting_ends_acting_and_not_reading(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    GmailAccount.objects.update(can_act=True)  # as of a consent that was broader
    page = ActingPage(ann, account, Client())
    ops = [page.act(all_of(gmail)[:1], **STAR), page.act(all_of(gmail), **ARCHIVE)]
    gmail.deliver(label_ids=["INBOX"])
    sync(account)
    assert page.settled() == [(op, "refused", "read_only", []) for op in ops]
    assert (account.can_act, account.state, len(account.messages.all())) == (False, "connected", 4)
    assert page.post(messages=all_of(gmail), **STAR).status_code == 403


def test_it_needs_the_csrf_token_and_a_login(ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.get("/actions/")["Location"] == "/login/?next=/actions/"
    strict.force_login(ann)
    assert strict.post("/actions/", b"{}", content_type="application/json").status_code == 403
    assert strict.post(f"/actions/{OP}/undo/", b"{}", content_type="application/json").status_code == 403
