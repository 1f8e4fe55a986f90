"""The members of a mailbox with their proofs, and the operator who removes one of them."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from gmail_sync.consent import membership
from gmail_sync.consent.google import SCOPE
from gmail_sync.models import GmailAccount
from gmail_sync.models.people import MemberProof
from tests.support.google.harness import Mailbox, attempt_sync, events

pytestmark = pytest.mark.any_database


def proof(user: User) -> MemberProof:
    return MemberProof.objects.get(user=user)


@pytest.fixture
def shared(gmail: Mailbox, account: GmailAccount, bob: User) -> GmailAccount:
    return gmail.connect(bob)


def removal(account: GmailAccount, user: User) -> str:
    return f"/admin/gmail_sync/gmailaccount/{account.pk}/members/{user.pk}/remove/"


def page_of(operator: Client, account: GmailAccount) -> str:
    return operator.get(f"/admin/gmail_sync/gmailaccount/{account.pk}/change/").content.decode()


def test_it_writes_down_what_each_member_has_proven(gmail: Mailbox, shared: GmailAccount, ann: User, bob: User) -> None:
    assert (proof(ann).credentials_version, proof(bob).credentials_version) == (1, 2)
    assert SCOPE in proof(bob).scopes.split()
    MemberProof.objects.update(proven_at=timezone.now() - timedelta(days=9))
    gmail.account("revoke")
    assert attempt_sync(shared) == "reauth_required"
    gmail.connect(bob)
    assert (proof(ann).credentials_version, proof(bob).credentials_version) == (1, 3)
    assert proof(bob).proven_at - proof(ann).proven_at > timedelta(days=8)


def test_who_leaves_has_proven_nothing_any_more(shared: GmailAccount, ann: User, bob: User) -> None:
    membership.leave(bob.pk, shared.pk)
    assert [row.user for row in MemberProof.objects.all()] == [ann]
    ann.delete()
    assert not MemberProof.objects.exists()


def test_an_operator_sees_it(operator: Client, shared: GmailAccount, ann: User, bob: User) -> None:
    proof(ann).delete()  # who joined before it was kept
    page = page_of(operator, shared)
    for words in ("ann", "not known: they came before it was kept", "bob", "2 of 2", "gmail.readonly", "Remove…"):
        assert words in page


def test_an_operator_removes_one_member(
    operator: Client, shared: GmailAccount, ann: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asked = operator.get(removal(shared, bob)).content.decode()
    assert "bob no longer sees the mailbox, at once" in asked
    assert "Nobody else sees it" not in asked
    assert set(shared.users.all()) == {ann, bob}
    operator.post(removal(shared, bob))
    assert set(shared.users.all()) == {ann}
    assert [payload["state"] for _, payload in events(bob)] == ["disconnected"]
    assert (
        f"Removed the member {bob.pk}"
        in operator.get(f"/admin/gmail_sync/gmailaccount/{shared.pk}/history/").content.decode()
    )
    assert "'event': 'member.removed'" in caplog.text
    assert "'by': " in caplog.text


def test_removing_the_last_member_closes_the_mailbox(
    gmail: Mailbox, operator: Client, shared: GmailAccount, ann: User, bob: User
) -> None:
    operator.post(removal(shared, bob))
    assert "Nobody else sees it" in operator.get(removal(shared, ann)).content.decode()
    operator.post(removal(shared, ann))
    assert attempt_sync(shared) == "ok"
    assert not GmailAccount.objects.exists()


def test_it_removes_nobody_who_is_no_member_and_nobody_twice(operator: Client, shared: GmailAccount, bob: User) -> None:
    assert operator.post(removal(shared, bob)).status_code == 302
    assert operator.post(removal(shared, bob)).status_code == 404
    assert operator.get(f"/admin/gmail_sync/gmailaccount/999/members/{bob.pk}/remove/").status_code == 404


def test_who_may_only_look_removes_nobody(operator: Client, shared: GmailAccount, ann: User, bob: User) -> None:
    ann.is_staff = True
    ann.save()
    ann.user_permissions.set(Permission.objects.filter(codename="view_gmailaccount"))
    operator.force_login(ann)
    page = page_of(operator, shared)
    assert "2 of 2" in page
    assert "Remove…" not in page
    assert operator.post(removal(shared, bob)).status_code == 403
    operator.force_login(bob)
    assert operator.post(removal(shared, ann)).status_code == 302  # to the admin's login
    assert set(shared.users.all()) == {ann, bob}
