"""The unread number is Gmail's own; until it is known ours, if the mirror is whole, else "at least"."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client

from gmail_sync.models import GmailAccount
from tests.support.google.harness import Mailbox, push, sync
from tests.support.inbox import connected, listing, mail

pytestmark = pytest.mark.django_db(transaction=True)

UNREAD_HERE, ALL_HERE = 3, 5


def some_mail(client: Client, email: str = "anna@example.com", **fields: Any) -> GmailAccount:
    account = connected(User.objects.get(username="anna"), email, **fields)
    for number in range(ALL_HERE):
        mail(account, number, "INBOX", *(["UNREAD"] if number < UNREAD_HERE else []))
    return account


@pytest.mark.parametrize(
    ("fields", "unread", "exact", "older"),
    [
        ({}, 3, True, False),
        ({"inbox_unread": 556, "inbox_total": 812}, 556, True, True),
        ({"inbox_unread": 0, "inbox_total": 5}, 0, True, False),
        ({"backfill_total": 500}, 3, False, True),
        ({"backfill_total": 500, "inbox_unread": 3, "inbox_total": 5}, 3, True, False),
        ({"state": "syncing", "backfill_total": 200}, 3, False, False),
        ({"state": "reauth_required", "mirrored": True}, 3, True, False),
        ({"state": "reauth_required"}, 3, False, False),
    ],
)
def test_it_tells_the_unread_number(
    signed_in: Client, fields: dict[str, Any], unread: int, exact: bool, older: bool
) -> None:
    some_mail(signed_in, **fields)
    answer = listing(signed_in)
    assert (answer["unread"], answer["exact"], answer["accounts"][0]["older_in_gmail"]) == (unread, exact, older)
    shown = f'<span class="count-number">{unread}{"" if exact else "+"}</span>'
    assert shown in signed_in.get("/").content.decode()


def test_it_adds_the_mailboxes_that_are_shown(signed_in: Client) -> None:
    one = some_mail(signed_in, inbox_unread=100, inbox_total=100)
    some_mail(signed_in, "work@example.com", backfill_total=500)
    both, alone = listing(signed_in), listing(signed_in, f"?account={one.pk}")
    assert (both["unread"], both["exact"]) == (103, False)
    assert (alone["unread"], alone["exact"]) == (100, True)


def test_the_number_follows_a_change_before_gmail_is_asked(gmail: Mailbox, account: GmailAccount) -> None:
    GmailAccount.objects.filter(pk=account.pk).update(inbox_unread=556, inbox_total=812, counted_at=Now())
    gmail.modify(gmail.state["messages"][0]["id"], remove=["UNREAD"])
    gmail.deliver(label_ids=["INBOX", "UNREAD"])
    gmail.deliver(label_ids=["INBOX", "UNREAD"])
    push(account, gmail.history_id)
    sync(account)
    account.refresh_from_db()
    assert (account.inbox_unread, account.inbox_total) == (557, 814)
