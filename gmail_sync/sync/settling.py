"""The end of a read: whether it was whole, and when to read again (RULES R3)."""

from django.db.models import F
from django.db.models.functions import Now

from gmail_sync.claims import Claim
from gmail_sync.gmail.api import Gmail
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import TRAILING_SECONDS
from gmail_sync.sync import inbox_counts, skipped, watch
from realtime.log import eventlog

UNSETTLED_SECONDS = [1, 3, 8, 30]


def settle(claim: Claim, gmail: Gmail, *, target: int, pushed: bool, newest: int) -> float:
    """Decide whether the read was whole: whether it reached `target`, the newest push that was known when it began.

    `newest` is the historyId of its last page. Returns in how many seconds the mailbox is due again.
    """
    reached = claim.account.history_id or 0
    # Gmail notifies before it lists, and its answer's own historyId may be ahead of its list just so (docs/gmail.md).
    awaited = max(target, newest) if claim.account.is_quiet() else target
    if (skipped.owed(claim).soon or reached < awaited) and (seconds := wait_for_more(claim)):
        return seconds
    if reached < awaited and not claim.was_asked_again():
        # Only now believe it: what was not listed for so long is not mail.
        with eventlog.atomic():
            account = claim.lock()
            if account.notified_history_id == target:
                account.notified_history_id = min(target, newest)  # beyond what Gmail knows: not awaited for ever
            move_cursor(account, newest)
    return finish(claim, gmail, pushed)


def move_cursor(account: GmailAccount, history_id: int) -> None:
    """Move it forward, never back; call it under the account's lock."""
    account.history_id = max(history_id, account.history_id or 0)
    account.save(update_fields=["history_id", "notified_history_id", *inbox_counts.COLUMNS])


def wait_for_more(claim: Claim) -> float | None:
    """After how many seconds to read once more what may be listed late; None: it was waited for long enough."""
    if claim.account.unsettled_reads >= len(UNSETTLED_SECONDS):
        return None
    seconds: float = UNSETTLED_SECONDS[claim.account.unsettled_reads]
    claim.update(unsettled_reads=F("unsettled_reads") + 1, last_synced_at=Now())
    return seconds


def finish(claim: Claim, gmail: Gmail, pushed: bool) -> float:
    """All is read that there is. Returns in how many seconds the mailbox is due again."""
    claim.update(unsettled_reads=0, failures=0, retry_at=None, last_error="", last_synced_at=Now())
    inbox_counts.tell_if_due(claim, gmail, pushed)
    seconds = TRAILING_SECONDS if claim.was_pushed_within(TRAILING_SECONDS) else watch.poll_seconds(claim)
    return min(seconds, skipped.owed(claim).seconds or seconds)
