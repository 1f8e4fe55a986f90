"""Bring one claimed mailbox up to date: read outside any transaction, write in one."""

from contextlib import suppress

import structlog

from gmail_sync.claims import Claim
from gmail_sync.consent import closing, renaming
from gmail_sync.consent.credentials import opened
from gmail_sync.exceptions import HistoryExpired, HistoryUnavailable
from gmail_sync.gmail.api import Gmail
from gmail_sync.states import AccountState
from gmail_sync.sync import resync, skipped, watch, without_history
from gmail_sync.sync.reading import read_changes, retry

HISTORY_TRIES = 8  # of the mailbox, some minutes

logger = structlog.get_logger(__name__)


def sync_account(claim: Claim) -> float:
    """Do all that the mailbox is due for. Returns in how many seconds it is due again. Safe to repeat and to lose.

    Raises GmailError, CredentialsUnreadable, ClaimLost, TurnOver.
    """
    if claim.account.state == AccountState.CLOSING or not claim.account.member_ids():
        closing.close(claim)
        return 0
    with opened(claim) as gmail:
        watch.renew_if_due(claim, gmail)
        renaming.look_if_due(claim, gmail)
        if not claim.account.mirrored:
            resync.first_sync(claim, gmail)
        elif claim.account.resync_pin is not None:
            resync.resync(claim, gmail)
        try:
            return read_changes(claim, gmail)
        except (HistoryExpired, HistoryUnavailable) as refusal:
            away = without_history.is_away(claim)
            held = refusal if isinstance(refusal, HistoryUnavailable) and not away else None
            if held is not None and claim.account.failures + 1 < HISTORY_TRIES:
                raise
            return _go_on(claim, gmail, held)


def _go_on(claim: Claim, gmail: Gmail, held: HistoryUnavailable | None) -> float:
    """The history cannot be read from the cursor: resync, and read from there; if that cannot be, do without.

    Where Gmail only fails to give it (`held`), it must give it from elsewhere: then it is this page that is spoilt.
    """
    _, newest = gmail.profile()
    if without_history.answers(claim, gmail, newest):
        logger.warning("sync.history_expired", account=claim.account.pk)
        resync.pin_resync(claim, newest)
        resync.resync(claim, gmail)
        with suppress(HistoryExpired):
            return read_changes(claim, gmail)
        _, newest = gmail.profile()
    elif held is not None:
        raise held
    owed = skipped.due(claim.account)
    seconds = without_history.look(claim, gmail, newest)
    retry(claim, gmail, owed)
    return seconds
