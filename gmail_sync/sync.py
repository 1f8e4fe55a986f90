"""Bring one claimed mailbox up to date: read outside any transaction, write in one."""

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.db.models.functions import Now

from gmail_sync import closing, counts, ledger, metrics, mirror, parts, resync, watch
from gmail_sync.claims import Claim
from gmail_sync.credentials import opened
from gmail_sync.exceptions import FinitoError, GmailError, HistoryExpired, for_operators
from gmail_sync.gmail_api import Gmail
from gmail_sync.history import by_message
from gmail_sync.mail import Fetched, Trouble
from gmail_sync.models import GmailAccount
from gmail_sync.parts import Part
from gmail_sync.querysets import TRAILING_SECONDS
from gmail_sync.states import AccountState
from realtime import eventlog

logger = structlog.get_logger(__name__)

UNSETTLED_SECONDS = [1, 3, 8, 30]
UNREADABLE_TRIES = 3


def sync_account(claim: Claim) -> float:
    """Do all that the mailbox is due for. Returns in how many seconds it is due again. Safe to repeat and to lose.

    Raises GmailError, CredentialsUnreadable, ClaimLost.
    """
    if not claim.account.member_ids():
        claim.update(state=AccountState.CLOSING)  # its last user was deleted
    if claim.account.state == AccountState.CLOSING:
        closing.close(claim)
        return 0
    with opened(claim) as gmail:
        watch.renew_if_due(claim, gmail)
        if not claim.account.mirrored:
            resync.first_sync(claim, gmail)
        elif claim.account.resync_pin is not None:
            resync.resync(claim, gmail)
        try:
            return _read_changes(claim, gmail)
        except HistoryExpired:
            logger.warning("sync.history_expired", account=claim.account.pk)
            resync.resync(claim, gmail)
            return _read_changes(claim, gmail)


def _read_changes(claim: Claim, gmail: Gmail) -> float:
    """One read of the history from the cursor, written prefix by prefix."""
    cursor, target = claim.account.history_id or 0, claim.account.notified_history_id
    records, newest = gmail.history(cursor, skip_unreadable=claim.account.failures + 1 >= UNREADABLE_TRIES)
    if records and target <= cursor:
        metrics.UNANNOUNCED.inc()
        watch.doubt(claim)
    if owed := ledger.owed(claim.account):
        records = [owed, *records]
    trouble = False
    for part in parts.cut(records, mirror.ids_to_fetch(claim.account, by_message(records))):
        fetched, refusal = _fetch(gmail, part)
        trouble |= any(isinstance(headers, Trouble) for headers in fetched.values())
        _write(claim, part.up_to(fetched) if refusal else part, fetched)
        if refusal:
            raise refusal
    return _settle(claim, gmail, pushed=target > cursor, target=target, newest=newest, trouble=trouble)


def _fetch(gmail: Gmail, part: Part) -> tuple[Fetched, GmailError | None]:
    """The metadata that the part needs, as far as Gmail gives it, and why it stopped."""
    fetched: Fetched = {}
    try:
        for batch in gmail.headers(part.to_fetch):
            fetched |= batch
    except GmailError as refusal:
        return fetched, refusal
    return fetched, None


def _settle(claim: Claim, gmail: Gmail, *, pushed: bool, target: int, newest: int, trouble: bool) -> float:
    """Decide whether the read was whole, and when to read again (RULES R3)."""
    reached = claim.account.history_id or 0
    # Gmail notifies before it lists, and its answer's own historyId may be ahead of its list just so (GMAIL.md).
    awaited = max(target, newest) if claim.account.is_quiet() else target
    if (trouble or reached < awaited) and claim.account.unsettled_reads < len(UNSETTLED_SECONDS):
        seconds: float = UNSETTLED_SECONDS[claim.account.unsettled_reads]
        claim.update(unsettled_reads=F("unsettled_reads") + 1, last_synced_at=Now())
        return seconds
    if reached < awaited and not claim.was_asked_again():
        # Only now believe it: what was not listed for so long is not mail.
        with eventlog.atomic():
            account = claim.lock()
            if account.notified_history_id == target:
                account.notified_history_id = min(target, newest)  # beyond what Gmail knows: not awaited for ever
            _move_cursor(account, newest)
    claim.update(unsettled_reads=0, failures=0, retry_at=None, last_error="", last_synced_at=Now())
    counts.tell_if_due(claim, gmail, pushed)
    return TRAILING_SECONDS if claim.was_pushed_within(TRAILING_SECONDS) else watch.poll_seconds(claim)


def _write(claim: Claim, part: Part, fetched: Fetched) -> None:
    """Write the part as one; if a message in it cannot be written, all others, and that one goes to the ledger."""
    if not part.records:
        return
    try:
        _write_together(claim, part, fetched)
    except (FinitoError, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("sync.unwritable", account=claim.account.pk)
        _write_one_by_one(claim, part, fetched)


def _write_together(claim: Claim, part: Part, fetched: Fetched) -> None:
    """The one transaction: cursor, mirror, ledger and events, or nothing."""
    with eventlog.atomic() as log:
        account = claim.lock()
        member_ids = account.member_ids()  # as of this lock (RULES R1)
        for event in mirror.apply(account, part.histories, fetched):
            log.append(member_ids, event)
            account.counts_due |= counts.changes_them(event)
        ledger.settle(account, part.histories, fetched, account.unsettled_reads >= len(UNSETTLED_SECONDS))
        _move_cursor(account, part.last_record_id)


def _write_one_by_one(claim: Claim, part: Part, fetched: Fetched) -> None:
    """The same for each message alone; the cursor moves last, so that a kill in between repeats and loses nothing."""
    for gmail_id, history in part.histories.items():
        one = {gmail_id: fetched[gmail_id]} if gmail_id in fetched else {}
        try:
            with eventlog.atomic() as log:
                account = claim.lock()
                for event in mirror.apply(account, {gmail_id: history}, one):
                    log.append(account.member_ids(), event)
        except (FinitoError, OperationalError, InterfaceError):
            raise
        except Exception as error:
            ledger.note(claim.account, gmail_id, for_operators(error))
    with eventlog.atomic():
        account = claim.lock()
        account.counts_due = True
        _move_cursor(account, part.last_record_id)


def _move_cursor(account: GmailAccount, history_id: int) -> None:
    account.history_id = max(history_id, account.history_id or 0)
    account.save(update_fields=["history_id", "notified_history_id", "counts_due"])
