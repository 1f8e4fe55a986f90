"""Whose address it is: a mailbox is its `sub`, and getProfile with its own grant says what it is called by now."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models.functions import Now

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.schedule import take_notification
from tests.gmail_sync.consent.addresses import a_while_passes, address_of, addresses_told
from tests.support.google.harness import (
    Mailbox,
    attempt_sync,
    events,
    is_due,
    sync,
    told,
)


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


def test_renew_watches_looks_too(gmail: Mailbox, account: GmailAccount, new_email: str) -> None:
    a_while_passes()
    gmail.rename(new_email)
    account.refresh_from_db()
    call_command("renew_watches", account=account.email)
    assert address_of(account) == new_email
