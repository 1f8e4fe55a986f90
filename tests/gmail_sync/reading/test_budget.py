"""Readers spend from their own share, and the sync goes on (budget.py)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from gmail_sync.exceptions import QuotaSpent
from gmail_sync.models import GmailAccount, Message
from gmail_sync.quota import READERS_LIMIT_UNITS
from gmail_sync.reading import budget
from gmail_sync.reading.memory import memory
from tests.gmail_sync.reading.conftest import Receive, address, written
from tests.support.google.harness import Mailbox, claim, sync


def spent(account: GmailAccount) -> float:
    return float(
        sum(units for _, units in GmailAccount.objects.values_list("reads_spent", flat=True).get(pk=account.pk))
    )


def test_it_stays_with_the_sync_below_gmails_limit(account: GmailAccount) -> None:
    GmailAccount.objects.update(quota_spent=[])
    held = claim(account)
    held.spend(5_500)
    for _ in range(10):
        budget.spend(account.pk, 20)
    with pytest.raises(QuotaSpent):
        budget.spend(account.pk, 20)
    held.finish(0)
    again = claim(account)
    for _ in range(10):  # readers at their limit have left it these
        again.spend(20)
    with pytest.raises(QuotaSpent):
        again.spend(20)


def test_batches_make_room_for_readers_from_the_first_opening_on(account: GmailAccount) -> None:
    GmailAccount.objects.update(quota_spent=[])
    budget.spend(account.pk, 20)
    held = claim(account)
    held.spend(4_200)
    with pytest.raises(QuotaSpent) as refused:
        held.spend(120)
    assert not refused.value.of_all
    held.finish(0)
    for _ in range(59):
        budget.spend(account.pk, 20)
    assert spent(account) == READERS_LIMIT_UNITS


def test_batches_take_all_of_a_minute_in_which_nobody_reads(account: GmailAccount) -> None:
    GmailAccount.objects.update(quota_spent=[])
    held = claim(account)
    held.spend(4_200)
    held.spend(1_300)
    with pytest.raises(QuotaSpent):
        held.spend(120)


def test_it_refuses_beyond_the_limit_and_says_for_how_long(account: GmailAccount) -> None:
    for _ in range(60):
        budget.spend(account.pk, 20)
    with pytest.raises(QuotaSpent) as refused:
        budget.spend(account.pk, 20)
    assert 0 < (refused.value.retry_after or 0) <= 61
    assert spent(account) == 1_200


def test_it_loses_no_units_to_others_who_spend_at_the_same_time(account: GmailAccount) -> None:
    def take(_: int) -> None:
        try:
            budget.spend(account.pk, 20)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(take, range(24)))
    assert spent(account) == 480


def test_mail_page_16_it_answers_a_reader_at_the_limit_while_new_mail_arrives(
    reader: Client, receive: Receive, gmail: Mailbox, account: GmailAccount
) -> None:
    message = receive(written(text="The beginning of it"))
    budget.spend(account.pk, READERS_LIMIT_UNITS)
    before = gmail.calls("messages.get")
    answer = reader.get(address(message))
    assert (answer.status_code, "Gmail wants a pause" in answer.content.decode()) == (503, True)
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert gmail.calls("messages.get") == before
    (arrived,) = gmail.deliver(label_ids=["INBOX"])
    sync(account)
    assert Message.objects.filter(account=account, gmail_id=arrived).exists()


def test_it_takes_nothing_from_the_sync_and_the_sync_nothing_from_it(
    reader: Client, receive: Receive, account: GmailAccount
) -> None:
    message = receive(written())
    account.refresh_from_db()
    before = account.quota_spent
    reader.get(address(message))
    memory.clear()
    reader.get(address(message, "raw/"))
    account.refresh_from_db()
    assert (spent(account), account.quota_spent) == (40, before)


def test_it_stores_a_refreshed_token_only_under_the_same_consent(
    reader: Client, receive: Receive, gmail: Mailbox, account: GmailAccount
) -> None:
    message = receive(written())
    account.refresh_from_db()
    before = account.credentials.open()["token"]
    gmail.account("expire_tokens")
    assert reader.get(address(message)).status_code == 200
    account.refresh_from_db()
    assert account.credentials.open()["token"] != before
