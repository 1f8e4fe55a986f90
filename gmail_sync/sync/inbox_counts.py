"""Gmail's own count of the inbox: asked for only when a read changed it, and not for every mail of a burst."""

from datetime import timedelta

import structlog
from django.db.models.functions import Now

from gmail_sync.claims import Claim
from gmail_sync.events import MailboxCounts, MessageAdded, MessageChanged, MessageDeleted
from gmail_sync.exceptions import GmailMisconfigured, GmailThrottled, GmailUnavailable, NotFound
from gmail_sync.gmail.api import Gmail
from gmail_sync.labels import COUNTED, is_in_inbox
from gmail_sync.models import GmailAccount
from realtime.events import Event
from realtime.log import eventlog

logger = structlog.get_logger(__name__)

COLUMNS = ["inbox_unread", "inbox_total", "counts_due"]
LONGEST_WAIT = timedelta(seconds=10)


def changes_them(event: Event) -> bool:
    """Whether the event can have changed how many messages, or unread ones, are in the inbox."""
    match event:
        case MessageAdded(message=message):
            return is_in_inbox(message["label_ids"])
        case MessageChanged():
            return not COUNTED.isdisjoint([*event.added_label_ids, *event.removed_label_ids])
        case MessageDeleted():
            return True
    return False


def follow(account: GmailAccount, event: Event) -> None:
    """Move the counts by what the event tells, as the pages do, until Gmail is asked. Save the row after it."""
    account.counts_due |= changes_them(event)
    if account.inbox_unread is None or account.inbox_total is None:
        return
    before, after = _labels(event)
    unread = _is_unread(after) - _is_unread(before)
    account.inbox_unread = max(0, account.inbox_unread + unread)
    account.inbox_total = max(0, account.inbox_total + is_in_inbox(after) - is_in_inbox(before))


def _labels(event: Event) -> tuple[set[str], set[str]]:
    match event:
        case MessageAdded(message=message):
            return set(), set(message["label_ids"])
        case MessageChanged(label_ids=labels):
            return {*labels} - {*event.added_label_ids} | {*event.removed_label_ids}, {*labels}
        case MessageDeleted(label_ids=labels):
            return set(labels), set()
    return set(), set()


def _is_unread(labels: set[str]) -> bool:
    return "UNREAD" in labels and is_in_inbox(labels)


def tell_if_due(claim: Claim, gmail: Gmail, pushed: bool) -> None:
    """Ask Gmail (1 unit) and tell the members, once what was pushed has calmed down, or after ten seconds of it."""
    account = claim.account
    if not account.counts_due:
        return
    counted_at = account.counted_at
    if pushed and counted_at is not None and claim.now() - counted_at < LONGEST_WAIT:
        return
    try:
        unread, total = gmail.inbox_counts()
    except (GmailUnavailable, GmailMisconfigured, NotFound) as refusal:
        if isinstance(refusal, GmailThrottled):
            raise
        logger.warning("counts.refused", account=account.pk, error=str(refusal)[:200])
        return  # what was read is read; the count is asked for again with the next read
    with eventlog.atomic() as log:
        account = claim.lock()
        account.inbox_unread, account.inbox_total, account.counts_due = unread, total, False
        account.save(update_fields=COLUMNS)
        # Also if they are what we knew: the pages have counted on since, and Gmail's word settles it.
        log.append(account.member_ids(), MailboxCounts(account.pk, "INBOX", unread, total))
    claim.update(counted_at=Now())
