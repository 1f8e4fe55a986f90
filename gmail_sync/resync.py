"""Filling the mirror: the first sync, and the resync after Gmail forgot the history. Both are resumable.

A listing is no snapshot and MIRROR_LIMIT cuts it, so "missing" is only a question; messages.get answers it (R14).
"""

from dataclasses import replace
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models.functions import Now

from gmail_sync import ledger, mirror
from gmail_sync.claims import Claim
from gmail_sync.gmail_api import Gmail
from gmail_sync.mail import Fetched, Headers, Trouble
from gmail_sync.models import GmailAccount
from gmail_sync.states import AccountState
from realtime import eventlog
from realtime.eventlog import EventLog
from realtime.events import AccountStatus, MailboxResynced, MessageAdded

logger = structlog.get_logger(__name__)

# Mail may be older than the end of the last read and yet not have been in it: a read takes time, Gmail lists late, and
# its clock is not the database's. What was in it is mirrored, so that this much too early announces nothing twice.
LATE = timedelta(minutes=10)


def first_sync(claim: Claim, gmail: Gmail) -> None:
    """Fill the mirror with the newest inbox messages, without live events; `account.status` tells the progress.

    The cursor was pinned when the mailbox was connected, so what happens meanwhile is read from the history after.
    """
    listed = gmail.inbox_ids(settings.MIRROR_LIMIT)
    known = set(claim.account.messages.filter(gmail_id__in=listed).values_list("gmail_id", flat=True))
    todo = [gmail_id for gmail_id in listed if gmail_id not in known]
    done = len(listed) - len(todo)
    claim.update(backfill_done=done, backfill_total=len(listed))
    for batch in gmail.headers(todo):
        done += len(batch)
        with eventlog.atomic() as log:
            account = claim.lock()
            for gmail_id, headers in batch.items():
                if isinstance(headers, Headers):
                    mirror.insert(account, headers)
                else:
                    ledger.note(account, gmail_id, headers.reason)
            account.backfill_done = done
            account.save(update_fields=["backfill_done"])
            announce(log, account)
    with eventlog.atomic() as log:
        account = claim.lock()
        account.mirrored, account.state, account.counts_due = True, AccountState.CONNECTED, True
        account.save(update_fields=["mirrored", "state", "counts_due"])
        announce(log, account)
    logger.info("sync.first_finished", account=account.pk, messages=done)


def announce(log: EventLog, account: GmailAccount) -> None:
    """Tell the members the mailbox's state; under the account's lock."""
    syncing = account.state == AccountState.SYNCING
    done, total = (account.backfill_done, account.backfill_total) if syncing else (None, None)
    log.append(account.member_ids(), AccountStatus(account.pk, account.state, account.email, done, total))


def resync(claim: Claim, gmail: Gmail) -> None:
    """Compare every mirrored message, and the newest of the inbox, with Gmail; then go on from the pinned cursor."""
    pin = claim.account.resync_pin
    if not pin:  # 0: an operator asked (querysets.py)
        _, pin = gmail.profile()
        claim.update(resync_pin=pin)  # first: what happens from here on is in the history
    mirrored = dict(claim.account.messages.order_by("-internal_date").values_list("gmail_id", "history_id"))
    inbox_ids = gmail.inbox_ids(settings.MIRROR_LIMIT)
    listed = set(inbox_ids)
    # What was compared is known up to the pin: a resync that a throttle cut off goes on where it was (R4).
    to_check = [gmail_id for gmail_id in dict.fromkeys([*mirrored, *inbox_ids]) if mirrored.get(gmail_id, 0) < pin]
    for batch in gmail.headers(to_check):
        with eventlog.atomic() as log:
            account = claim.lock()
            _compare(log, account, batch, listed)
    with eventlog.atomic() as log:
        account = claim.lock()
        account.history_id, account.resync_pin, account.counts_due = account.resync_pin, None, True
        account.save(update_fields=["history_id", "resync_pin", "counts_due"])
        log.append(account.member_ids(), MailboxResynced(account.pk))
    claim.update(last_synced_at=Now(), unsettled_reads=0)
    logger.info("sync.resynced", account=account.pk, messages=len(to_check))


def _compare(log: EventLog, account: GmailAccount, batch: Fetched, listed: set[str]) -> None:
    member_ids = account.member_ids()
    rows = {row.gmail_id: row for row in account.messages.filter(gmail_id__in=batch)}
    for gmail_id, read in batch.items():
        row = rows.get(gmail_id)
        if isinstance(read, Trouble):
            if read.gone and row is not None:
                log.append(member_ids, mirror.delete(row))
            if not read.gone or gmail_id in listed:  # listed and not found: asked for again, as in any read (R3)
                ledger.note(account, gmail_id, read.reason)
            continue
        headers = replace(read, history_id=max(read.history_id, account.resync_pin or 0))
        if row is not None:
            for event in mirror.relabel(row, headers.label_ids, headers.history_id):
                log.append(member_ids, event)
        else:
            row = mirror.insert(account, headers)
            if _arrived_since(account, headers):
                log.append(member_ids, MessageAdded(account.pk, row.as_json()))


def _arrived_since(account: GmailAccount, headers: Headers) -> bool:
    """Whether it is new mail, or was there and only not mirrored: then `mailbox.resynced` shows it."""
    synced_at = account.last_synced_at
    return synced_at is not None and headers.internal_date > (synced_at - LATE).timestamp() * 1_000
