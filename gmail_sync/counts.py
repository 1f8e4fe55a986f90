"""Gmail's own count of the inbox: asked for only when a read changed it, and not for every mail of a burst."""

from datetime import timedelta

import structlog
from django.db.models.functions import Now

from gmail_sync.claims import Claim
from gmail_sync.exceptions import GmailMisconfigured, GmailThrottled, GmailUnavailable, NotFound
from gmail_sync.gmail_api import Gmail
from gmail_sync.labels import COUNTED, is_in_inbox
from realtime import eventlog
from realtime.events import Event, MailboxCounts, MessageAdded, MessageChanged, MessageDeleted

logger = structlog.get_logger(__name__)

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
        known = (account.inbox_unread, account.inbox_total)
        account.inbox_unread, account.inbox_total, account.counts_due = unread, total, False
        account.save(update_fields=["inbox_unread", "inbox_total", "counts_due"])
        if (unread, total) != known:
            log.append(account.member_ids(), MailboxCounts(account.pk, "INBOX", unread, total))
    claim.update(counted_at=Now())
