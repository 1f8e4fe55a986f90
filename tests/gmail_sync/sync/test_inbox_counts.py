"""Gmail's own count of the inbox: told when it changed, asked for as rarely as that allows."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.db.models.functions import Now

from gmail_sync.models import GmailAccount
from realtime.models import StoredEvent
from tests.support.google.harness import Mailbox, push, sync


def counted(user: User) -> list[tuple[int, int]]:
    """Return the counts that the user was told: unread, and all."""
    events = StoredEvent.objects.filter(user=user, type="mailbox.counts").order_by("seq")
    payloads: list[dict[str, Any]] = [json.loads(event.payload) for event in events]
    assert {payload["label_id"] for payload in payloads} <= {"INBOX"}
    return [(payload["messages_unread"], payload["messages_total"]) for payload in payloads]


def test_it_tells_the_counts_after_the_first_sync(gmail: Mailbox, ann: User) -> None:
    sync(gmail.connect(ann))
    assert counted(ann) == [(3, 3)]


def test_it_tells_that_a_mail_was_read(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.modify(gmail.state["messages"][0]["id"], remove=["UNREAD"])
    sync(account)
    assert counted(ann) == [(2, 3)]


def test_it_does_not_ask_when_the_inbox_has_not_changed(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.simulator.sim("DELETE", "meter")
    gmail.modify(gmail.state["messages"][0]["id"], add=["STARRED"])
    sync(account)
    assert gmail.calls("labels.get") == 0


def test_it_asks_once_for_a_burst(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.simulator.sim("DELETE", "meter")
    GmailAccount.objects.filter(pk=account.pk).update(counted_at=Now())
    for _ in range(5):
        gmail.deliver(label_ids=["INBOX", "UNREAD"])
        push(account, gmail.history_id)
        sync(account)
    assert gmail.calls("labels.get") == 0
    sync(account)  # the trailing read
    assert gmail.calls("labels.get") == 1
    assert counted(ann) == [(8, 8)]


def test_it_does_not_wait_for_the_end_of_a_burst_that_goes_on(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    GmailAccount.objects.filter(pk=account.pk).update(counted_at=None)
    gmail.deliver(label_ids=["INBOX", "UNREAD"])
    push(account, gmail.history_id)
    sync(account)
    assert counted(ann) == [(4, 4)]
