"""Write one batch of a read: cursor, mirror, ledger and events in one transaction, or nothing."""

from collections.abc import Callable, Iterable
from functools import partial

import structlog
from django.db import InterfaceError, OperationalError

from gmail_sync.claims import Claim
from gmail_sync.events import MessageDeleted
from gmail_sync.exceptions import GmailSyncError, for_operators
from gmail_sync.gmail.metadata import Counts, Fetched, Trouble
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import GmailAccountQuerySet
from gmail_sync.states import TroubleKind
from gmail_sync.sync import inbox_counts, mirror, settling, skipped
from gmail_sync.sync.batches import Batch
from realtime import compiled
from realtime.compiled import Given
from realtime.log import eventlog

logger = structlog.get_logger(__name__)

NOT_THE_MESSAGE = (GmailSyncError, OperationalError, InterfaceError)  # errors of the mailbox or of the database


def write(claim: Claim, batch: Batch, fetched: Fetched, counts: Counts | None = None) -> None:
    """Write the batch as one, with the inbox's counts if Gmail told them along.

    Where each message had to be written alone, the cursor moves last: a kill in between repeats and loses nothing.
    """
    if not batch.portions and not batch.retries and batch.cursor <= (claim.account.history_id or 0):
        return

    def write_alone(gmail_id: str, one: Batch) -> None:
        _write_together(claim, one, {gmail_id: fetched[gmail_id]} if gmail_id in fetched else {})

    whole = partial(_write_together, claim, batch, fetched, counts)
    each = ((gmail_id, partial(write_alone, gmail_id, one)) for gmail_id, one in batch.one_by_one())
    if not together_or_apart(claim, whole, each):
        with eventlog.atomic():
            account = claim.lock()
            account.counts_due = True
            move_cursor(account, batch.cursor)


def fetched_together(claim: Claim, fetched: Fetched, write: Callable[[Fetched], object]) -> None:
    """Write what was fetched as one, or each message alone if one of them cannot be written."""
    each = ((gmail_id, partial(write, {gmail_id: read})) for gmail_id, read in fetched.items())
    together_or_apart(claim, partial(write, fetched), each)


def together_or_apart(
    claim: Claim, whole: Callable[[], object], each: Iterable[tuple[str, Callable[[], object]]]
) -> bool:
    """Write the whole, and return True; if a message cannot be written, each alone, and that one into the ledger."""
    try:
        whole()
    except NOT_THE_MESSAGE:
        raise
    except Exception:
        logger.exception("sync.unwritable", account=claim.account.pk)
    else:
        return True
    for gmail_id, write_one in each:
        try:
            write_one()
        except NOT_THE_MESSAGE:
            raise
        except Exception as error:
            skipped.note(claim.account, gmail_id, Trouble(for_operators(error), TroubleKind.UNREADABLE))
    return False


def _write_together(claim: Claim, batch: Batch, fetched: Fetched, counts: Counts | None = None) -> None:
    with eventlog.atomic() as log:
        account = claim.lock()
        member_ids = account.member_ids()  # as of this lock (RULES R1)
        gone = {gmail_id for gmail_id, history in batch.histories.items() if history.deleted}
        for event in mirror.apply(account, batch, fetched):
            log.append(member_ids, event)
            inbox_counts.follow(account, event)
            if isinstance(event, MessageDeleted):
                gone.add(event.gmail_id)
        if counts is not None and account.counts_due:
            log.append(member_ids, inbox_counts.take(account, counts, claim.clock.now()))
        skipped.settle(account, gone, fetched, settling.is_last(account.unsettled_reads))
        move_cursor(account, batch.cursor)


def move_cursor(account: GmailAccount, history_id: int) -> None:
    """Move the cursor forward, never back. Call it under the account's lock."""
    account.history_id = max(history_id, account.history_id or 0)
    moved = {name: getattr(account, name) for name in ("history_id", "notified_history_id", *inbox_counts.COLUMNS)}
    compiled.update(_row, moved, pk=account.pk)


def _row() -> GmailAccountQuerySet:
    return GmailAccount.objects.filter(pk=Given("pk"))
