"""The reasons why mail is late though the stream is up: no worker, a mailbox that fails, no pushes."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Max, Q
from django.utils import timezone

from gmail_sync import heartbeat
from gmail_sync.models import GmailAccount, GmailWatch, WorkerHeartbeat
from gmail_sync.states import AccountState, WatchState
from gmail_sync.status import FAILING_AFTER
from realtime.pieces import pieces

READ = [AccountState.SYNCING, AccountState.CONNECTED]  # the state of others says already that they wait
UNPUSHED = [WatchState.SILENT, WatchState.FAILED]

# By the exception that last_error begins with.
REASONS = {
    "GmailThrottled": "throttled",
    "GmailUnavailable": "gmail",
    "HistoryUnavailable": "gmail",
    "CredentialsUnreadable": "keys",
}

Late = dict[str, Any]


def late_of(user_ids: Collection[int]) -> dict[int, list[Late]]:
    """Return what is late for each user, worst first, in a few queries for any number of users."""
    late: dict[int, list[Late]] = defaultdict(list)
    if not heartbeat.alive().exists():
        since = WorkerHeartbeat.objects.aggregate(last=Max("beaten_at"))["last"]
        for user_id in user_ids:
            late[user_id].append(_late(None, "worker", since))
    for piece in pieces(sorted(user_ids)):
        some = GmailAccount.objects.filter(_suspect(), state__in=READ, users__in=piece)
        for account in some.annotate(member_id=F("users")).defer("credentials").select_related("watch"):
            if found := late_mailbox(account):
                late[account.member_id].append(found)  # type: ignore[attr-defined]  # annotated
    for found_late in late.values():
        found_late.sort(key=lambda one: one["reason"] == "push")
    return late


def late_mailbox(account: GmailAccount) -> Late | None:
    """Return why and since when this mailbox is late; None if it is not, or if its state says so already."""
    if account.state not in READ:
        return None
    if account.failures >= FAILING_AFTER:
        return _late(account.pk, REASONS.get(account.last_error.partition(":")[0], "error"), account.last_synced_at)
    if not settings.GMAIL_PUBSUB_TOPIC:
        return _late(account.pk, "push", None)
    watch: GmailWatch | None = getattr(account, "watch", None)
    if watch is None:
        return None  # connected just now
    if watch.expires_at is not None and watch.expires_at <= timezone.now():
        return _late(account.pk, "push", watch.expires_at)
    if not watch.wanted or watch.state in UNPUSHED:
        return _late(account.pk, "push", watch.probe_sent_at)
    return None


def _suspect() -> Q:
    if not settings.GMAIL_PUBSUB_TOPIC:
        return Q()
    lapsed = Q(watch__expires_at__lte=timezone.now())
    return Q(failures__gte=FAILING_AFTER) | Q(watch__wanted=False) | Q(watch__state__in=UNPUSHED) | lapsed


def _late(account_id: int | None, reason: str, since: datetime | None) -> Late:
    at = since and since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"account_id": account_id, "reason": reason, "since": at}
