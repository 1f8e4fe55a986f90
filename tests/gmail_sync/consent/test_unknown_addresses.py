"""Pushes for addresses that nobody here has: they find a renamed mailbox, and a flood of them costs next to nothing."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from gmail_sync.consent import unknown_addresses
from gmail_sync.models import GmailAccount
from gmail_sync.models.people import UnknownAddress
from gmail_sync.schedule import take_notification
from tests.support.google.harness import Mailbox, attempt_sync, is_due

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(hours=1)


def mailboxes(count: int, **fields: object) -> list[GmailAccount]:
    """Mailboxes whose historyIds are 100, 200, ... and that were looked at an hour ago."""
    rows = [
        GmailAccount(
            **{
                "email": f"{number}@gmail.example",
                "google_sub": str(number),
                "state": "connected",
                "history_id": 100 * number,
                "next_sync_at": Now() + LATER,
                "address_seen_at": Now() - LATER,
                **fields,
            }
        )
        for number in range(1, count + 1)
    ]
    GmailAccount.objects.bulk_create(rows)
    return list(GmailAccount.objects.order_by("history_id"))


def asked() -> list[int | None]:
    """The historyIds of those who were asked to look."""
    waiting = GmailAccount.objects.filter(address_seen_at=None).order_by("history_id")
    return list(waiting.values_list("history_id", flat=True))


def test_it_asks_the_mailboxes_whose_history_is_nearest_below() -> None:
    mailboxes(50)
    assert not take_notification("unknown@gmail.example", 3_050)
    assert asked() == list(range(1_100, 3_001, 100))
    assert GmailAccount.objects.due().count() == unknown_addresses.ASKED_AT_ONCE


def test_it_asks_once_and_later_again_ever_less_often() -> None:
    mailboxes(1)
    pauses = []
    for _ in range(14):
        GmailAccount.objects.update(address_seen_at=Now() - LATER)
        take_notification("unknown@gmail.example", 500)
        assert asked() == [100]
        GmailAccount.objects.update(address_seen_at=Now() - LATER)
        take_notification("Unknown@gmail.example", 500)
        assert asked() == []
        row = UnknownAddress.objects.get()
        pauses.append((row.ask_again_at - row.asked_at).total_seconds())
        UnknownAddress.objects.update(asked_at=Now() - LATER, ask_again_at=Now())
    assert pauses[:3] == pytest.approx([60, 120, 240], abs=1)
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(86_400, abs=1)


def test_a_flood_of_addresses_costs_next_to_nothing() -> None:
    mailboxes(300)
    for number in range(100):
        take_notification(f"stranger{number}@gmail.example", 10**9)
    assert len(asked()) == unknown_addresses.ADDRESSES_A_MINUTE * unknown_addresses.ASKED_AT_ONCE
    assert UnknownAddress.objects.count() == unknown_addresses.ADDRESSES_A_MINUTE


def test_it_asks_those_last_who_have_just_looked_but_it_asks_them() -> None:
    mailboxes(30)
    for _ in range(2):
        take_notification(f"stranger{_}@gmail.example", 10**9)
        GmailAccount.objects.filter(address_seen_at=None).update(address_seen_at=Now(), next_sync_at=Now() + LATER)
    wakes = list(GmailAccount.objects.order_by("-history_id").values_list("wakes", flat=True))
    assert wakes == [2] * 10 + [1] * 20


def test_it_leaves_alone_what_cannot_look() -> None:
    mailboxes(3, state="reauth_required")
    take_notification("unknown@gmail.example", 10**9)
    assert asked() == []


def test_it_shortens_no_back_off() -> None:
    (account,) = mailboxes(1, retry_at=Now() + LATER)
    take_notification("unknown@gmail.example", 10**9)
    assert asked() == [100]
    assert not is_due(account)


def test_it_keeps_no_address_and_nothing_for_long() -> None:
    take_notification("private@gmail.example", 1)
    assert "private" not in str(UnknownAddress.objects.values())
    UnknownAddress.objects.update(asked_at=F("asked_at") - timedelta(days=8))
    take_notification("other@gmail.example", 1)
    assert UnknownAddress.objects.count() == 1


def test_a_closed_mailbox_whose_pushes_still_come_sends_nobody_to_look(gmail: Mailbox, account: GmailAccount) -> None:
    account.users.clear()
    assert attempt_sync(account) == "ok"
    mailboxes(1)
    assert not take_notification(gmail.email, 10**12)
    assert asked() == []
