"""Whose address it is: a mailbox is its `sub`, and getProfile with its own grant says what it is called by now."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import F
from django.db.models.functions import Now

from gmail_sync.consent.renaming import is_placeholder
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.schedule import take_notification
from tests.support.google.harness import (
    Mailbox,
    attempt_sync,
    events,
    forget_events,
    is_due,
    mirrored,
    push,
    sync,
    told,
)

_numbers = count(1)


@pytest.fixture
def new_email() -> str:
    return f"renamed{next(_numbers)}@gmail.example"


def a_while_passes() -> None:
    """Nobody was looked at in the last hour."""
    GmailAccount.objects.update(address_seen_at=F("address_seen_at") - timedelta(hours=1))


def addresses_told(user: User) -> list[str]:
    return [payload["email"] for type_, payload in events(user) if type_ == "account.status"]


def address_of(account: GmailAccount) -> str:
    return GmailAccount.objects.get(pk=account.pk).email


def test_it_takes_the_pushes_of_a_renamed_mailbox(
    gmail: Mailbox, account: GmailAccount, ann: User, new_email: str
) -> None:
    a_while_passes()
    renamed = gmail.rename(new_email)
    (gmail_id,) = renamed.deliver()
    assert not take_notification(new_email, renamed.history_id)
    assert is_due(account)
    sync(account)
    assert (account.email, told(ann)) == (new_email, [("message.added", gmail_id)])
    assert addresses_told(ann) == [new_email]
    assert take_notification(new_email, renamed.history_id)


def test_it_looks_at_the_address_with_each_renewal(
    gmail: Mailbox, account: GmailAccount, ann: User, new_email: str
) -> None:
    a_while_passes()
    gmail.rename(new_email)
    GmailWatch.objects.update(renew_at=None)
    sync(account)
    assert (account.email, addresses_told(ann), gmail.calls("getProfile")) == (new_email, [new_email], 2)


def test_it_looks_daily_where_there_is_no_watch(
    gmail: Mailbox, account: GmailAccount, new_email: str, settings: Any
) -> None:
    settings.GMAIL_PUBSUB_TOPIC = ""
    gmail.rename(new_email)
    sync(account)
    assert account.email == gmail.email
    GmailAccount.objects.update(address_seen_at=Now() - timedelta(days=1, seconds=1))
    sync(account)
    assert account.email == new_email


def test_it_tells_nobody_of_an_address_that_stayed(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    GmailAccount.objects.update(address_seen_at=None)
    sync(account)
    assert (account.email, events(ann)) == (gmail.email, [])


def test_it_looks_where_a_change_came_without_its_push_and_an_address_was_unknown(
    gmail: Mailbox, account: GmailAccount, new_email: str
) -> None:
    take_notification(new_email, 1)  # of a historyId that no mailbox here can have
    assert not is_due(account)
    gmail.rename(new_email).deliver()
    sync(account)
    assert account.email == new_email


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 403, "reason": "forbidden"}, {"body": "{}"}, {"body": "<html>"}],
)
def test_it_reads_the_mail_though_the_address_cannot_be_had(
    gmail: Mailbox, account: GmailAccount, ann: User, fault: dict[str, Any]
) -> None:
    GmailAccount.objects.update(address_seen_at=None)
    (gmail_id,) = gmail.deliver()
    gmail.fault("getProfile", times=None, **fault)
    assert attempt_sync(account) == "ok"
    assert (account.email, told(ann)) == (gmail.email, [("message.added", gmail_id)])


# The old address is another's.


@pytest.fixture
def theirs(gmail: Mailbox, account: GmailAccount, new_email: str, bob: User) -> GmailAccount:
    """Bob's mailbox, which has Ann's former address; hers has a new one, and nobody here has noticed."""
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


def test_renew_watches_looks_too(gmail: Mailbox, account: GmailAccount, new_email: str) -> None:
    a_while_passes()
    gmail.rename(new_email)
    account.refresh_from_db()
    call_command("renew_watches", account=account.email)
    assert address_of(account) == new_email


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
