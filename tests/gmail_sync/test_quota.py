"""The budget of a mailbox: it never runs into Gmail's own limit."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from hypothesis import given, strategies

from gmail_sync.models import GmailAccount, Message
from gmail_sync.quota import UNITS, Spending
from tests.support.google.harness import Mailbox, attempt_sync, claim, is_due, push, sync

START = datetime(2026, 1, 1, tzinfo=UTC)
CALLS = strategies.lists(
    strategies.tuples(strategies.sampled_from([1, 2, 5, 50, 100, 20 * 25]), strategies.floats(0, 30)), max_size=200
)


@given(CALLS)
def test_it_never_spends_more_than_gmail_allows_in_any_minute(calls: list[tuple[int, float]]) -> None:
    spending, now, spent = Spending(), START, []
    for units, pause in calls:
        now += timedelta(seconds=pause + spending.wait_seconds(units, now + timedelta(seconds=pause)))
        spending = spending.after(units, now)
        spent.append((now, units))
    for begin, _ in spent:
        assert sum(units for at, units in spent if begin <= at < begin + timedelta(seconds=60)) <= 6_000


@given(CALLS)
def test_it_lets_through_what_it_told_to_wait_for(calls: list[tuple[int, float]]) -> None:
    spending, now = Spending(), START
    for units, pause in calls:
        now += timedelta(seconds=pause)
        now += timedelta(seconds=spending.wait_seconds(units, now))
        assert spending.wait_seconds(units, now + timedelta(milliseconds=1)) == 0
        spending = spending.after(units, now)


def test_it_keeps_something_for_the_small_calls() -> None:
    spending = Spending().after(5_400, START)
    assert spending.wait_seconds(500, START) > 0
    assert spending.wait_seconds(UNITS["history.list"], START) == 0


def test_it_keeps_one_entry_a_second_for_a_minute() -> None:
    spending = Spending()
    for tick in range(1_000):
        spending = spending.after(1, START + timedelta(seconds=tick / 5))
    assert len(spending.entries) <= 65  # the last minute's, and one for each before
    assert Spending.of([list(entry) for entry in spending.entries]) == spending


def test_it_remembers_an_hour_by_the_minute() -> None:
    spending = Spending()
    for minute in range(90):
        for second in (0, 20, 40):
            spending = spending.after(2, START + timedelta(minutes=minute, seconds=second))
    now = START + timedelta(minutes=89, seconds=40)
    assert len(spending.entries) <= 63
    assert spending.in_an_hour(now) == pytest.approx(60 * 3 * 2, abs=6)
    assert spending.in_an_hour(now + timedelta(hours=1)) == 0


def test_it_reads_a_large_inbox_without_a_throttle(gmail: Mailbox, ann: User) -> None:
    gmail.simulator.sim("POST", "quota", units=6_000)
    gmail.deliver(500, label_ids=["INBOX"])
    account = gmail.connect(ann)
    assert attempt_sync(account) == "budget_spent"
    assert not is_due(account)
    first = account.backfill_done
    assert 250 <= first < 500
    let_a_minute_pass(account, gmail)
    assert attempt_sync(account) == "ok"
    assert Message.objects.filter(account=account).count() == 500
    calls = gmail.simulator.meter()["calls"]
    assert set(calls["messages.get"]) == {"200"}
    gmail.simulator.sim("POST", "quota", units=None)


def let_a_minute_pass(account: GmailAccount, gmail: Mailbox) -> None:
    """For Gmail, and for our own budget."""
    gmail.simulator.sim("POST", "clock", advance=61)
    GmailAccount.objects.filter(pk=account.pk).update(quota_spent=[])
    account.refresh_from_db()


def test_it_pays_two_units_for_any_number_of_label_changes(gmail: Mailbox, account: GmailAccount) -> None:
    gmail_ids = [message["id"] for message in gmail.state["messages"]]
    for gmail_id in gmail_ids:
        gmail.modify(gmail_id, add=["STARRED"])
        gmail.modify(gmail_id, add=["Label_1"])
    gmail.simulator.reset_meter()
    sync(account)
    assert gmail.simulator.meter()["units"] == {"history.list": UNITS["history.list"]}


def test_it_reads_a_burst_of_pushes_at_most_once_a_second(gmail: Mailbox, account: GmailAccount) -> None:
    held = claim(account)
    for _ in range(100):
        gmail.deliver()
        push(account, gmail.history_id)
    held.finish(600)
    assert not is_due(account)
    account.refresh_from_db()
    assert account.retry_at is not None


def test_rule_05_a_single_push_during_a_read_is_read_at_once(gmail: Mailbox, account: GmailAccount) -> None:
    held = claim(account)
    gmail.deliver()
    push(account, gmail.history_id)
    held.finish(600)
    assert is_due(account)
