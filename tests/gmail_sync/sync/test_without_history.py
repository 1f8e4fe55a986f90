"""history.list answers 404 even to the newest id, for days: mail comes all the same, and nobody is alarmed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync import status
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.sync.settling import REPEAT_SECONDS
from tests.gmail_sync.sync.inbox import inbox
from tests.support.google.harness import Mailbox, attempt_sync, mirrored, push, seconds_until_due, sync, told, types

QUIET_UNITS = 2 + 1 + 2  # history.list from the cursor, getProfile, history.list from the newest id
LOOK_UNITS = QUIET_UNITS + 2 * 5  # messages.list twice


@pytest.fixture
def away(gmail: Mailbox, account: GmailAccount) -> GmailAccount:
    """The mailbox goes without a history, and was looked at once."""
    gmail.fault("history.list", status=404, times=None)
    gmail.deliver(label_ids=["DRAFT"])
    assert attempt_sync(account) == "ok"
    return account


def units(gmail: Mailbox, work: Callable[[], object]) -> int:
    """Return its cost in units of the quota."""
    gmail.simulator.sim("DELETE", "meter")
    work()
    calls = gmail.simulator.sim("GET", "meter")["calls"]
    costs = {"history.list": 2, "getProfile": 1, "messages.list": 5, "messages.get": 20, "labels.get": 1}
    return sum(costs.get(method, 0) * sum(by_status.values()) for method, by_status in calls.items())


def test_it_tells_nothing_and_alarms_nobody_when_nothing_differs(
    gmail: Mailbox, away: GmailAccount, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    for _ in range(5):
        assert attempt_sync(away) == "ok"
        assert (away.failures, away.last_error, seconds_until_due(away) > 30) == (0, "", True)
    assert types(ann) == []
    assert not status.failing().exists()
    assert away.history_away_since is not None
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def test_new_mail_is_told_with_the_poll_and_once(gmail: Mailbox, away: GmailAccount, ann: User) -> None:
    gmail_ids = gmail.deliver(2, label_ids=["INBOX", "UNREAD"])
    old = gmail.deliver(age=30 * 86_400, label_ids=["INBOX"])
    for _ in range(3):
        assert attempt_sync(away) == "ok"
    assert sorted(told(ann)) == sorted(("message.added", gmail_id) for gmail_id in gmail_ids + old)
    assert "mailbox.resynced" not in types(ann)


def test_new_mail_is_told_after_a_push_though_it_is_listed_late(gmail: Mailbox, away: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver()
    push(away, gmail.history_id)
    gmail.fault("messages.list", body="{}", times=2)  # both listings of a look
    assert sync(away) == REPEAT_SECONDS[0]
    assert sync(away) < 5
    assert told(ann) == [("message.added", gmail_id)]


@pytest.mark.parametrize("pushed", [True, False], ids=["pushed", "polled"])
def test_label_changes_and_deletions_are_found(gmail: Mailbox, away: GmailAccount, ann: User, pushed: bool) -> None:
    archived, deleted, read = mirrored(away)
    (kept,) = gmail.deliver()
    sync(away)
    gmail.modify(archived, remove=["INBOX"])
    gmail.act(deleted, "delete")
    gmail.modify(read, remove=["UNREAD"])
    if pushed:
        push(away, gmail.history_id)
    sync(away)
    assert sorted(told(ann)[1:]) == [
        ("message.changed", min(archived, read)),
        ("message.changed", max(archived, read)),
        ("message.deleted", deleted),
    ]
    assert set(inbox(gmail)) <= mirrored(away).keys() == {archived, read, kept}


def test_what_no_listing_shows_is_found_as_well(gmail: Mailbox, away: GmailAccount, ann: User) -> None:
    starred, archived, _ = mirrored(away)
    gmail.modify(archived, remove=["INBOX"])
    sync(away)
    gmail.modify(starred, add=["STARRED"])
    gmail.act(archived, "delete")
    sync(away)
    assert told(ann)[1:] == [("message.changed", starred), ("message.deleted", archived)]


def test_it_costs_little(gmail: Mailbox, ann: User) -> None:
    gmail.deliver(60, label_ids=["INBOX"])
    account = gmail.connect(ann)
    sync(account)
    gmail.fault("history.list", status=404, times=None)
    gmail.deliver(label_ids=["DRAFT"])
    assert units(gmail, lambda: sync(account)) == LOOK_UNITS + 25 * 20
    assert units(gmail, lambda: sync(account)) == QUIET_UNITS + 25 * 20
    assert units(gmail, lambda: sync(account)) == QUIET_UNITS + 13 * 20
    assert units(gmail, lambda: sync(account)) == QUIET_UNITS
    gmail.deliver()
    push(account, gmail.history_id)
    assert units(gmail, lambda: sync(account)) == LOOK_UNITS + 20


@pytest.mark.parametrize("expired", [False, True], ids=["as it was", "from now on"])
def test_it_reads_as_ever_when_the_history_is_back(
    gmail: Mailbox, away: GmailAccount, ann: User, expired: bool
) -> None:
    (seen,) = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    sync(away)
    gmail.modify(seen, remove=["UNREAD"])
    sync(away)
    (never_seen,) = gmail.deliver(label_ids=["STARRED"])
    if expired:
        gmail.account("expire_history")
    gmail.mend()
    assert attempt_sync(away) == "ok"
    assert (away.history_away_since, away.history_id) == (None, gmail.history_id)
    assert told(ann)[:2] == [("message.added", seen), ("message.changed", seen)]
    assert told(ann)[2:] == ([] if expired else [("message.added", never_seen)])
    assert types(ann).count("mailbox.resynced") == int(expired)


def test_old_mail_that_moves_up_in_a_full_inbox_is_no_news(
    gmail: Mailbox, ann: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail.deliver(5, label_ids=["INBOX"])
    monkeypatch.setattr("gmail_sync.gmail.api.PAGE_SIZE", 4)
    settings.MIRROR_LIMIT = 4
    account = gmail.connect(ann)
    sync(account)
    gmail.fault("history.list", status=404, times=None)
    gmail.modify(next(iter(inbox(gmail))), remove=["INBOX"])
    for _ in range(3):
        assert attempt_sync(account) == "ok"
    assert [name for name, _ in told(ann)] == ["message.changed"]


def test_a_mailbox_goes_without_a_history_from_its_first_sync_on(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann)
    gmail.fault("history.list", status=404, times=None)
    (gmail_id,) = gmail.deliver()
    assert attempt_sync(account) == "ok"
    assert (account.state, gmail_id in mirrored(account)) == ("connected", True)
    gmail.deliver()
    assert attempt_sync(account) == "ok"
    assert len(told(ann)) == 1


def test_a_change_that_no_push_announced_doubts_the_push(gmail: Mailbox, away: GmailAccount) -> None:
    GmailWatch.objects.update(state="active", probe_sent_at=None)
    gmail.deliver()
    sync(away)
    assert GmailWatch.objects.get().probe_sent_at is not None


def test_an_outage_of_the_history_is_backed_off_from(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", status=503, times=None)
    GmailAccount.objects.update(failures=50)
    assert attempt_sync(account) == "retry"
    assert (account.history_away_since, account.failures) == (None, 51)
