"""A listing that lags behind the messages loses none and turns none back (RULES R14, sync/mirror.py)."""

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount
from tests.support.google.harness import Mailbox, events, mirrored, sync, told


def later(gmail: Mailbox) -> None:
    """Let 100 seconds pass at Google; a listing that lags 50 seconds does not know what happens from here on."""
    gmail.simulator.sim("POST", "clock", advance=100)


@pytest.mark.parametrize("imported", [False, True], ids=["labels", "no labels"])
def test_it_mirrors_new_mail_that_became_spam_between_the_listing_and_the_look(
    gmail: Mailbox, account: GmailAccount, imported: bool
) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["UNREAD"], imported=imported)
    later(gmail)
    gmail.modify(gmail_id, add=["SPAM"])
    gmail.fault("history.list", lag=50)
    sync(account)
    sync(account)
    assert mirrored(account)[gmail_id] == ["SPAM", "UNREAD"]


def test_it_leaves_out_spam_that_became_spam_again(gmail: Mailbox, account: GmailAccount) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["SPAM"])
    gmail.modify(gmail_id, remove=["SPAM"])
    later(gmail)
    gmail.modify(gmail_id, add=["SPAM"])
    gmail.fault("history.list", lag=50)
    sync(account)
    assert gmail_id not in mirrored(account)


def test_rule_14_old_records_that_are_listed_again_change_nothing(
    gmail: Mailbox, account: GmailAccount, ann: User, gmail_id: str
) -> None:
    start = account.history_id
    gmail.modify(gmail_id, remove=["UNREAD"])
    later(gmail)
    gmail.modify(gmail_id, add=["UNREAD"])
    sync(account)
    GmailAccount.objects.update(history_id=start)
    account.refresh_from_db()
    gmail.fault("history.list", lag=50)
    sync(account)
    assert (mirrored(account)[gmail_id], events(ann)) == (["INBOX", "UNREAD"], [])
    sync(account)
    assert (account.history_id, events(ann)) == (gmail.history_id, [])


def test_rule_14_metadata_that_is_newer_than_the_records_is_not_turned_back(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    later(gmail)
    gmail.modify(gmail_id, remove=["UNREAD"])
    later(gmail)
    gmail.modify(gmail_id, add=["UNREAD"])
    for lag in (150, 50, 0):
        gmail.fault("history.list", lag=lag)
        sync(account)
        assert mirrored(account)[gmail_id] == ["INBOX", "UNREAD"]
    assert told(ann) == [("message.added", gmail_id)]
