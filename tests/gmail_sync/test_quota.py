"""The budget: what may be spent when, and that no mailbox runs into Gmail's own limit."""

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from hypothesis import given, strategies

from gmail_sync.models import GmailAccount, Message
from gmail_sync.quota import UNITS, Spending
from tests.gmail_sync.harness import Mailbox, attempt_sync, claim, is_due, push, sync

START = datetime(2026, 1, 1, tzinfo=UTC)
CALLS = strategies.lists(
    strategies.tuples(strategies.sampled_from([1, 2, 5, 50, 100, 20 * 25]), strategies.floats(0, 30)), max_size=200
)


@given(CALLS)
def test_it_never_spends_more_than_gmail_allows_in_any_minute(calls: list[tuple[int, float]]) -> None:
    spending, now, spent = Spending(0, START), START, []
    for units, pause in calls:
        now += timedelta(seconds=pause + spending.wait_seconds(units, now + timedelta(seconds=pause)))
        spending = spending.after(units, now)
        spent.append((now, units))
    for begin, _ in spent:
        assert sum(units for at, units in spent if begin <= at < begin + timedelta(seconds=60)) <= 6_000


@given(CALLS)
def test_it_lets_through_what_it_told_to_wait_for(calls: list[tuple[int, float]]) -> None:
    spending, now = Spending(0, START), START
    for units, pause in calls:
        now += timedelta(seconds=pause)
        now += timedelta(seconds=spending.wait_seconds(units, now))
        assert spending.wait_seconds(units, now) < 0.001
        spending = spending.after(units, now)


def test_it_counts_a_clock_that_goes_back_as_no_time() -> None:
    assert Spending(100, START).level_at(START - timedelta(seconds=50)) == 100


def test_it_reads_a_large_inbox_without_a_throttle(gmail: Mailbox, ann: User) -> None:
    gmail.simulator.sim("POST", "quota", units=6_000)
    gmail.deliver(300, label_ids=["INBOX"])
    account = gmail.connect(ann)
    assert attempt_sync(account) == "budget_spent"
    assert not is_due(account)
    first = account.backfill_done
    assert 50 < first < 303
    pass_time(account)
    while attempt_sync(account) == "budget_spent":
        pass_time(account)
        gmail.simulator.sim("POST", "clock", advance=60)
    assert Message.objects.filter(account=account).count() == 303
    calls = gmail.simulator.sim("GET", "meter")["calls"]
    assert set(calls["messages.get"]) == {"200"}
    gmail.simulator.sim("POST", "quota", units=None)


def pass_time(account: GmailAccount) -> None:
    """A minute goes by for our own budget."""
    GmailAccount.objects.filter(pk=account.pk).update(quota_level=0)
    account.refresh_from_db()


def test_it_pays_two_units_for_any_number_of_label_changes(gmail: Mailbox, account: GmailAccount) -> None:
    gmail_ids = [message["id"] for message in gmail.state["messages"]]
    for gmail_id in gmail_ids:
        gmail.modify(gmail_id, add=["STARRED"])
        gmail.modify(gmail_id, add=["Label_1"])
    gmail.simulator.sim("DELETE", "meter")
    sync(account)
    assert gmail.simulator.sim("GET", "meter")["units"] == {"history.list": UNITS["history.list"]}


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
