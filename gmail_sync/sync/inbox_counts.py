"""Gmail's own count of the inbox: asked for only when a read changed it, and not for every mail of a burst.

New mail asks in the batch that fetches it, and is told together with the counts.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from gmail_sync.claims import Clock
from gmail_sync.events import MailboxCounts, MessageAdded, MessageChanged, MessageDeleted
from gmail_sync.exceptions import GmailMisconfigured, GmailThrottled, GmailUnavailable, NotFound
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.history import MessageHistory
from gmail_sync.gmail.metadata import Counts
from gmail_sync.labels import COUNTED, is_in_inbox
from gmail_sync.models import GmailAccount
from realtime.events import Event

logger = structlog.get_logger(__name__)

COLUMNS = ["inbox_unread", "inbox_total", "counts_due", "counted_at"]
LONGEST_WAIT = timedelta(seconds=10)


def changes_them(event: Event) -> bool:
    """Tell whether the event can have changed the number of messages, or of unread ones, in the inbox."""
    match event:
        case MessageAdded(message=message):
            return is_in_inbox(message["label_ids"])
        case MessageChanged():
            return not COUNTED.isdisjoint([*event.added_label_ids, *event.removed_label_ids])
        case MessageDeleted():
            return True
    return False


def follow(account: GmailAccount, event: Event) -> None:
    """Change the counts by the event, as the pages do, until Gmail is asked. The caller saves the row."""
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


def are_due(account: GmailAccount, clock: Clock, pushed: bool) -> bool:
    """Tell whether to ask Gmail: the counts changed, and no burst of pushes goes on, or one has for ten seconds."""
    return account.counts_due and _is_time(account, clock, pushed)


def will_be_due(account: GmailAccount, clock: Clock, pushed: bool, new: Iterable[MessageHistory]) -> bool:
    """Tell whether to ask together with the new messages, which are not written yet."""
    changed = account.counts_due or any(history.enters_inbox for history in new)
    return changed and _is_time(account, clock, pushed)


def _is_time(account: GmailAccount, clock: Clock, pushed: bool) -> bool:
    return not pushed or account.counted_at is None or clock.now() - account.counted_at >= LONGEST_WAIT


def ask(account: GmailAccount, gmail: Gmail) -> Counts | None:
    """Return Gmail's counts of the inbox (1 unit); None if it refuses, or has in this turn: the next read asks again.

    Raises GmailThrottled, and every other refusal that is about the mailbox.
    """
    if gmail.counts_refused:
        return None
    try:
        return gmail.inbox_counts()
    except GmailThrottled:
        raise
    except (GmailUnavailable, GmailMisconfigured, NotFound) as refusal:
        logger.warning("counts.refused", account=account.pk, error=str(refusal)[:200])
        return None


def take(account: GmailAccount, counts: Counts, now: datetime) -> MailboxCounts:
    """Replace the counts by Gmail's, known or not: the pages have counted on since, and Gmail's word settles it.

    The caller saves the row and tells the event.
    """
    account.inbox_unread, account.inbox_total = counts
    account.counts_due, account.counted_at = False, now
    return MailboxCounts(account.pk, "INBOX", *counts)
