"""Fill the mirror: the first sync, and the resync after Gmail forgot the history. Both can be resumed."""

from collections.abc import Iterator
from functools import partial

import structlog
from django.conf import settings
from django.db.models.functions import Now

from gmail_sync.acting.perform import perform_between
from gmail_sync.announce import announce
from gmail_sync.claims import Claim
from gmail_sync.events import MailboxResynced
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.metadata import Fetched, Headers
from gmail_sync.states import AccountState
from gmail_sync.sync import mirror, skipped
from gmail_sync.sync.batches import UNKNOWN_LIMIT
from gmail_sync.sync.comparing import Comparison
from gmail_sync.sync.fetching import fetch
from gmail_sync.sync.listing import inbox_pages
from gmail_sync.sync.writing import fetched_together
from realtime.log import eventlog

logger = structlog.get_logger(__name__)


def first_sync(claim: Claim, gmail: Gmail) -> None:
    """Fill the mirror with the newest inbox messages, without live events; `account.status` tells the progress.

    The cursor was pinned when the mailbox was connected: changes during the first sync are read from the history.
    """
    done = 0
    for page, listed in inbox_pages(claim, gmail):
        known = mirror.known(claim.account, page.ids)
        todo = [gmail_id for gmail_id in page.ids if gmail_id not in known]
        done = listed + len(page.ids) - len(todo)
        total = listed + len(page.ids)
        if page.token:
            total = max(total, min(page.estimate, settings.MIRROR_LIMIT))
        claim.update(backfill_done=done, backfill_total=total)
        for batch in fetch(gmail, todo, claim.account.failures):
            done += len(batch)
            fetched_together(claim, batch, partial(_fill, claim, done))
            perform_between(claim, gmail)
    with eventlog.atomic() as log:
        account = claim.lock()
        account.mirrored, account.state, account.counts_due = True, AccountState.CONNECTED, True
        account.save(update_fields=["mirrored", "state", "counts_due"])
        announce(log, account)
    logger.info("sync.first_finished", account=account.pk, messages=done)


def _fill(claim: Claim, done: int, batch: Fetched) -> None:
    with eventlog.atomic() as log:
        account = claim.lock()
        for gmail_id, headers in batch.items():
            if isinstance(headers, Headers):
                mirror.insert(account, headers)
            else:
                skipped.note(account, gmail_id, headers)
        account.backfill_done = done
        account.save(update_fields=["backfill_done"])
        announce(log, account)


def resync(claim: Claim, gmail: Gmail) -> None:
    """Compare the newest of the inbox, and every mirrored message, with Gmail; then go on from the pinned cursor.

    Rows that were compared are known up to the pin: a resync that a throttle cut off resumes (RULES R4).
    """
    if not claim.account.resync_pin:
        _, pin = gmail.profile()
        pin_resync(claim, pin)
    pin, checked = claim.account.resync_pin or 0, 0
    for page, _ in inbox_pages(claim, gmail):
        compared = {row.gmail_id for row in mirror.rows(claim.account, page.ids).values() if row.history_id >= pin}
        gmail_ids = [gmail_id for gmail_id in page.ids if gmail_id not in compared]
        Comparison(pin, set(page.ids)).run(claim, gmail, gmail_ids)
        checked += len(gmail_ids)
    for gmail_ids in _not_compared(claim, pin):
        Comparison(pin, ()).run(claim, gmail, gmail_ids)
        checked += len(gmail_ids)
    with eventlog.atomic() as log:
        account = claim.lock()
        account.history_id, account.resync_pin, account.counts_due = account.resync_pin, None, True
        account.save(update_fields=["history_id", "resync_pin", "counts_due"])
        log.append(account.member_ids(), MailboxResynced(account.pk))
    claim.update(last_synced_at=Now(), unsettled_reads=0)
    logger.info("sync.resynced", account=account.pk, messages=checked)


def pin_resync(claim: Claim, pin: int) -> None:
    """Begin a resync: changes after the historyId `pin` are read from the history after it.

    What searches brought goes: to compare 5,000 messages that nobody looks at would cost the mailbox 20 minutes.
    """
    claim.update(resync_pin=pin, resync_requested=False, listing=None)
    claim.account.messages.sought().delete()
    claim.account.messages.filter(history_id__gt=pin).update(history_id=0)  # of a history that began anew since


def _not_compared(claim: Claim, pin: int) -> Iterator[list[str]]:
    """Yield pages of mirrored messages that are not known up to the pin, newest rows first."""
    rows = claim.account.messages.filter(history_id__lt=pin).order_by("-pk").values_list("pk", "gmail_id")
    page = list(rows[:UNKNOWN_LIMIT])
    while page:
        yield [gmail_id for _, gmail_id in page]
        page = list(rows.filter(pk__lt=page[-1][0])[:UNKNOWN_LIMIT])
