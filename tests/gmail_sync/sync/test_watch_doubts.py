"""A watch is silent when the push that has to prove it does not come, and the next push heals it (sync/watch.py)."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage
from tests.gmail_sync.sync.watch_row import make_due, watch
from tests.support.google.harness import Mailbox, Meanwhile, a_moment_passes, is_due, push, sync


def test_a_watch_is_proven_by_the_push_of_its_renewal(gmail: Mailbox, account: GmailAccount, settings: Any) -> None:
    push(account, gmail.history_id)  # a probe: nothing is new
    a_moment_passes()
    assert sync(account) > 0.7 * settings.SYNC_POLL_SECONDS
    assert (watch().state, watch().probe_sent_at) == ("active", None)


def test_it_looks_again_soon_while_the_proof_is_awaited(account: GmailAccount) -> None:
    assert sync(account) <= 125
    assert (watch().state, watch().probe_sent_at is None) == ("active", False)


def test_a_watch_is_silent_when_no_push_came_within_two_minutes(
    gmail: Mailbox, account: GmailAccount, settings: Any
) -> None:
    GmailWatch.objects.update(probe_sent_at=timezone.now() - timedelta(seconds=121))
    assert sync(account) <= settings.SYNC_POLL_SILENT_SECONDS
    assert watch().state == "silent"
    make_due()
    sync(account)
    assert watch().state == "silent"


def test_the_next_push_heals_a_silent_watch(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(probe_sent_at=timezone.now() - timedelta(seconds=121))
    sync(account)
    push(account, gmail.history_id)
    sync(account)
    assert (watch().state, watch().probe_sent_at) == ("active", None)


def pushed(account: GmailAccount, ago: timedelta) -> None:
    """The watch is proven; the last push came then."""
    GmailWatch.objects.update(state="active", probe_sent_at=None)
    GmailAccount.objects.filter(pk=account.pk).update(last_push_at=timezone.now() - ago)


def two_minutes_later() -> None:
    GmailWatch.objects.filter(probe_sent_at__isnull=False).update(probe_sent_at=timezone.now() - timedelta(minutes=3))


def test_a_proven_watch_is_silent_when_a_change_came_without_a_push(
    gmail: Mailbox, account: GmailAccount, settings: Any
) -> None:
    pushed(account, timedelta(minutes=3))
    gmail.deliver()
    assert sync(account) <= 125
    two_minutes_later()
    assert sync(account) <= settings.SYNC_POLL_SILENT_SECONDS
    assert watch().state == "silent"


def test_a_push_that_was_late_heals_the_doubt(gmail: Mailbox, account: GmailAccount) -> None:
    pushed(account, timedelta(minutes=3))
    gmail.deliver()
    sync(account, Meanwhile(1, lambda: push(account, account.history_id or 0)))
    assert watch().probe_sent_at is None  # it came while we read
    pushed(account, timedelta(minutes=3))
    gmail.deliver()
    sync(account)
    push(account, gmail.history_id)
    sync(account)
    assert (watch().state, watch().probe_sent_at) == ("active", None)


def test_a_change_that_a_recent_push_may_stand_for_is_no_doubt(gmail: Mailbox, account: GmailAccount) -> None:
    pushed(account, timedelta(minutes=1))
    gmail.deliver()
    sync(account)
    assert watch().probe_sent_at is None


def test_a_message_that_is_owed_is_no_doubt(gmail: Mailbox, account: GmailAccount) -> None:
    pushed(account, timedelta(minutes=3))
    SkippedMessage.objects.create(account=account, gmail_id=gmail.deliver()[0])
    GmailAccount.objects.update(history_id=gmail.history_id)
    account.refresh_from_db()
    sync(account)
    assert SkippedMessage.objects.count() == 0
    assert watch().probe_sent_at is None


def test_a_failed_watch_is_not_called_silent(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann)
    gmail.fault("watch", status=403, reason="forbidden")
    sync(account)
    two_minutes_later()
    sync(account)
    assert (watch().state, gmail.calls("watch")) == ("failed", 1)


def test_a_stopped_watch_is_not_called_silent(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(wanted=False)
    sync(account)
    two_minutes_later()
    sync(account)
    assert (watch().state, gmail.calls("stop")) == ("none", 1)


def test_a_push_without_news_has_a_silent_watch_looked_at_now(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(state="silent")
    push(account, gmail.history_id)
    assert is_due(account)
    sync(account)
    assert watch().state == "active"
