"""Writing one part of a read: cursor, mirror, ledger and events in one transaction, or nothing."""

import structlog
from django.db import InterfaceError, OperationalError

from gmail_sync.claims import Claim
from gmail_sync.exceptions import FinitoError, for_operators
from gmail_sync.gmail.metadata import Fetched, Trouble
from gmail_sync.models import GmailAccount
from gmail_sync.states import TroubleKind
from gmail_sync.sync import inbox_counts, mirror, skipped
from gmail_sync.sync.batches import Part
from gmail_sync.sync.settling import UNSETTLED_SECONDS, move_cursor
from realtime.log import eventlog

logger = structlog.get_logger(__name__)


def write(claim: Claim, part: Part, fetched: Fetched) -> None:
    """Write the part as one; if a message in it cannot be written, all others, and that one goes to the ledger."""
    if not part.portions and part.cursor <= (claim.account.history_id or 0):
        return
    try:
        _write_together(claim, part, fetched)
    except (FinitoError, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("sync.unwritable", account=claim.account.pk)
        _write_one_by_one(claim, part, fetched)


def _write_together(claim: Claim, part: Part, fetched: Fetched) -> None:
    histories = part.histories
    with eventlog.atomic() as log:
        account = claim.lock()
        member_ids = account.member_ids()  # as of this lock (RULES R1)
        for event in mirror.apply(account, histories, fetched):
            log.append(member_ids, event)
            inbox_counts.follow(account, event)
        skipped.settle(account, histories, fetched, _is_last_read(account))
        move_cursor(account, part.cursor)


def _write_one_by_one(claim: Claim, part: Part, fetched: Fetched) -> None:
    """The same for each message alone; the cursor moves last, so that a kill in between repeats and loses nothing."""
    for gmail_id, history in part.histories.items():
        one = {gmail_id: fetched[gmail_id]} if gmail_id in fetched else {}
        try:
            with eventlog.atomic() as log:
                account = claim.lock()
                for event in mirror.apply(account, {gmail_id: history}, one):
                    log.append(account.member_ids(), event)
                skipped.settle(account, {gmail_id: history}, one, _is_last_read(account))
        except (FinitoError, OperationalError, InterfaceError):
            raise
        except Exception as error:
            reason = for_operators(error)
            skipped.note(claim.account, gmail_id, Trouble(reason, TroubleKind.UNREADABLE))
    with eventlog.atomic():
        account = claim.lock()
        account.counts_due = True
        move_cursor(account, part.cursor)


def _is_last_read(account: GmailAccount) -> bool:
    """Whether no other read follows soon that could find what this one did not."""
    return account.unsettled_reads >= len(UNSETTLED_SECONDS)
