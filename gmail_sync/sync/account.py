"""Bring one claimed mailbox up to date: read outside any transaction, write in one, decide by values (settling.py)."""

from contextlib import suppress

import structlog
from django.db.models import F
from django.db.models.functions import Now

from gmail_sync.acting import listing_labels, perform
from gmail_sync.claims import Claim
from gmail_sync.consent import closing, renaming
from gmail_sync.consent.credentials import gmail_for
from gmail_sync.exceptions import HistoryExpired, HistoryUnavailable
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.metadata import Counts
from gmail_sync.states import AccountState
from gmail_sync.sync import inbox_counts, resync, settling, skipped, watch, without_history
from gmail_sync.sync.reading import read_changes, retry
from gmail_sync.sync.settling import Astray, Believe, Position, Read, ReadAgain, Settled
from gmail_sync.sync.writing import move_cursor
from realtime.log import eventlog

HISTORY_TRIES = 8  # of the mailbox, some minutes

logger = structlog.get_logger(__name__)


def sync_account(claim: Claim) -> float:
    """Do all that the mailbox is due for. Returns in how many seconds it is due again. Safe to repeat and to lose.

    Raises GmailError, CredentialsUnreadable, WorkEnds.
    """
    account = claim.account
    if account.state == AccountState.CLOSING or not claim.has_members:
        closing.close(claim)
        return 0
    with gmail_for(claim) as gmail:
        failure = perform.perform_first(claim, gmail)
        seconds = _read(claim, gmail)
        if failure is not None:
            perform.give_up(claim)
        return seconds


def _read(claim: Claim, gmail: Gmail) -> float:
    """Renew what is to be renewed, and read what changed. Returns in how many seconds the mailbox is due again."""
    account = claim.account
    if watch.renew_if_due(account, claim.clock, gmail):
        renaming.look_with_renewal(claim, gmail)
    if renaming.is_due(account, claim.clock):
        renaming.look(claim, gmail)
    listing_labels.list_if_due(claim, gmail)
    if not account.mirrored:
        resync.first_sync(claim, gmail)
    elif account.resync_due:
        resync.resync(claim, gmail)
    try:
        return _settle(claim, gmail, read_changes(claim, gmail))
    except (HistoryExpired, HistoryUnavailable) as refusal:
        away = account.history_away_since is not None
        held = refusal if isinstance(refusal, HistoryUnavailable) and not away else None
        if held is not None and account.failures + 1 < HISTORY_TRIES:
            raise
        return _go_on(claim, gmail, held)


def _go_on(claim: Claim, gmail: Gmail, held: HistoryUnavailable | None) -> float:
    """Resync and read from there, since Gmail does not give the history from the cursor; else do without a history.

    Raises `held`, a fault of Gmail's, unless Gmail gives the history from elsewhere: then only this page is spoilt.
    """
    _, newest = gmail.profile()
    if without_history.answers(claim.account, gmail, newest):
        logger.warning("sync.history_expired", account=claim.account.pk)
        resync.pin_resync(claim, newest)
        resync.resync(claim, gmail)
        with suppress(HistoryExpired):
            return _settle(claim, gmail, read_changes(claim, gmail))
        _, newest = gmail.profile()
    elif held is not None:
        raise held
    retries = skipped.due(claim.account)
    pushed = claim.account.notified_history_id > (claim.account.history_seen_id or 0)
    seconds = _apply(claim, gmail, without_history.look(claim, gmail, newest), pushed)
    retry(claim, gmail, retries)
    return seconds


def _settle(claim: Claim, gmail: Gmail, read: Read) -> float:
    account, clock = claim.account, claim.clock
    message_missing, asked_again = skipped.retries_left(account, clock).soon, account.wakes != claim.wakes
    position = Position(
        repeats=account.unsettled_reads,
        message_missing=message_missing,
        asked_again=asked_again,
        pushed_at=account.last_push_at,
        claimed_at=clock.claimed_at,
        now=clock.now(),
        page_open=claim.page_open,
    )
    decision = settling.decide(read, position)
    if isinstance(decision, Astray):
        _, newest = gmail.profile()
        if newest < read.start:
            raise HistoryExpired("the mailbox's historyId went back")
        decision = Settled(None)  # its history alone lags behind
    return _apply(claim, gmail, decision, read.pushed)


def _apply(claim: Claim, gmail: Gmail, decision: ReadAgain | Settled, pushed: bool) -> float:
    """Write down what was decided. Returns in how many seconds the mailbox is due again."""
    if isinstance(decision, ReadAgain):
        claim.later(unsettled_reads=F("unsettled_reads") + 1, last_synced_at=Now())
        return decision.after_seconds
    if isinstance(decision, Believe):
        _believe(claim, decision)
    claim.later(unsettled_reads=0, failures=0, retry_at=None, budget_at=None, last_error="", last_synced_at=Now())
    account, clock = claim.account, claim.clock
    if inbox_counts.are_due(account, clock, pushed) and (counts := inbox_counts.ask(account, gmail)):
        _publish(claim, counts)
    trailing = decision.trailing_after
    seconds = watch.poll_seconds(account, clock) if trailing is None else trailing
    return min(seconds, skipped.retries_left(account, clock).seconds or seconds)


def _believe(claim: Claim, decision: Believe) -> None:
    with eventlog.atomic():
        account = claim.lock()
        if account.wakes == claim.wakes:  # else the next read, which is due at once, decides
            account.notified_history_id = decision.awaited
            move_cursor(account, decision.history_id)


def _publish(claim: Claim, counts: Counts) -> None:
    with eventlog.atomic() as log:
        account = claim.lock()
        log.append(account.member_ids(), inbox_counts.take(account, counts, claim.clock.now()))
        account.save(update_fields=inbox_counts.COLUMNS)
