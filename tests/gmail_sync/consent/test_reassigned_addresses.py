"""An address that changes hands between mailboxes (consent/renaming.py)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now

from gmail_sync.consent.renaming import is_placeholder
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.schedule import take_notification
from tests.gmail_sync.consent.addresses import a_while_passes, address_of, addresses_told
from tests.support.google.harness import (
    Mailbox,
    attempt_sync,
    forget_events,
    is_due,
    mirrored,
    push,
    sync,
    told,
)


@pytest.fixture
def theirs(gmail: Mailbox, account: GmailAccount, new_email: str, bob: User) -> GmailAccount:
    """Bob's mailbox, which has Ann's former address; Ann's has a new one, and nobody here has noticed."""
    gmail.rename(new_email)
    theirs = gmail.another(gmail.email).connect(bob)
    account.refresh_from_db()
    return theirs


def test_rule_02_a_reassigned_address_ends_nothing(
    gmail: Mailbox, account: GmailAccount, theirs: GmailAccount, ann: User, new_email: str
) -> None:
    assert (theirs.email, is_placeholder(account.email), is_due(account)) == (gmail.email, True, True)
    assert (list(account.users.all()), account.state, len(mirrored(account))) == ([ann], "connected", 3)
    (gmail_id,) = Mailbox(new_email, gmail.simulator).deliver()
    sync(account)
    assert (account.email, told(ann)) == (new_email, [("message.added", gmail_id)])
    assert addresses_told(ann)[-1] == new_email
    assert (gmail.calls("stop"), gmail.calls("revoke"), address_of(theirs)) == (0, 0, gmail.email)


def test_a_former_owner_whose_grant_is_dead_waits_for_consent(
    gmail: Mailbox, account: GmailAccount, theirs: GmailAccount, ann: User, new_email: str
) -> None:
    Mailbox(new_email, gmail.simulator).account("revoke")
    assert attempt_sync(account) == "reauth_required"
    assert (list(account.users.all()), is_placeholder(account.email)) == ([ann], True)
    again = Mailbox(new_email, gmail.simulator).connect(ann)
    assert (again.pk, again.email, again.state) == (account.pk, new_email, "connected")


def test_a_placeholder_is_polled_as_any_mailbox(
    gmail: Mailbox, account: GmailAccount, theirs: GmailAccount, ann: User, new_email: str
) -> None:
    gmail.fault("getProfile", status=500, times=None)
    (gmail_id,) = Mailbox(new_email, gmail.simulator).deliver()
    sync(account)
    assert (is_placeholder(account.email), told(ann)) == (True, [("message.added", gmail_id)])


def test_two_mailboxes_can_change_their_addresses(gmail: Mailbox, account: GmailAccount, bob: User) -> None:
    other = gmail.another(f"other.{gmail.email}")
    bobs = other.connect(bob)
    sync(bobs)
    gmail.rename(other.email)
    GmailWatch.objects.update(renew_at=None)
    a_while_passes()
    sync(account)
    assert (account.email, is_placeholder(address_of(bobs)), is_due(bobs)) == (other.email, True, True)
    sync(bobs)
    assert (address_of(account), address_of(bobs)) == (other.email, gmail.email)


def test_three_mailboxes_can_pass_their_addresses_on(gmail: Mailbox, account: GmailAccount, bob: User) -> None:
    second, third = (gmail.another(f"{name}.{gmail.email}") for name in ("second", "third"))
    rows = [account, second.connect(bob), third.connect(bob)]
    gmail.rename(second.email)  # 2 1 3
    gmail.rename(third.email)  # 2 3 1
    GmailAccount.objects.update(address_seen_at=Now() - timedelta(days=2))
    for _ in range(3):
        for row in rows:
            sync(row)
    assert [address_of(row) for row in rows] == [second.email, third.email, gmail.email]


def test_two_that_are_told_the_same_address_do_not_take_turns(
    gmail: Mailbox, account: GmailAccount, ann: User, bob: User
) -> None:
    bobs = gmail.another(f"other.{gmail.email}").connect(bob)
    sync(bobs)
    gmail.fault("getProfile", body=f'{{"emailAddress": "{gmail.email}", "historyId": "1"}}', times=None)
    forget_events()
    for _ in range(5):
        for row in (account, bobs):
            GmailAccount.objects.filter(pk=row.pk).ask_look()
            sync(row)
    assert {address_of(account), address_of(bobs)} > {gmail.email}
    assert len(addresses_told(ann)) + len(addresses_told(bob)) <= 4


def test_a_watch_that_is_renewed_by_a_throttled_mailbox_is_no_failed_one(gmail: Mailbox, account: GmailAccount) -> None:
    GmailAccount.objects.update(address_seen_at=None)
    account.refresh_from_db()
    gmail.fault("getProfile", status=429, retry_after=60)
    GmailWatch.objects.update(renew_at=None)
    assert attempt_sync(account) == "retry"
    assert GmailWatch.objects.get().state == "active"


def test_a_push_under_the_former_address_is_no_longer_the_mailboxs(
    gmail: Mailbox, account: GmailAccount, new_email: str
) -> None:
    GmailAccount.objects.update(address_seen_at=None)
    gmail.rename(new_email)
    sync(account)
    before = account.notified_history_id
    assert not take_notification(gmail.email, before + 1_000_000)
    push(account, before)
    assert account.notified_history_id == before
