"""Bring one claimed mailbox up to date: read outside any transaction, write in one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog
from django.db.models import F
from django.db.models.functions import Now

from gmail_sync import closing, ledger, mirror, resync, watch
from gmail_sync.claims import Claim
from gmail_sync.credentials import opened
from gmail_sync.exceptions import HistoryExpired
from gmail_sync.gmail_api import Gmail
from gmail_sync.history import MessageHistory, Record, by_message
from gmail_sync.mail import Headers
from gmail_sync.models import GmailAccount
from gmail_sync.states import AccountState
from realtime import eventlog

logger = structlog.get_logger(__name__)

UNKNOWN_LIMIT = 100  # a transaction's worth of metadata: 2,000 units, a third of a mailbox's minute
UNSETTLED_SECONDS = [1, 3, 8, 30]
TRAILING_SECONDS = 3  # Gmail drops notifications above one a second: look once more after a push


@dataclass
class Part:
    """A prefix of the records that one transaction covers."""

    last_record_id: int
    histories: dict[str, MessageHistory] = field(default_factory=dict)
    unknown_ids: list[str] = field(default_factory=list)


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
    records, newest = gmail.history(cursor)
    missing = False
    for part in _parts(claim, records):
        fetched: dict[str, Headers | None] = dict.fromkeys(part.unknown_ids)
        for batch in gmail.headers(part.unknown_ids):
            fetched |= batch
        missing |= None in fetched.values()
        _write(claim, part, fetched)
    reached = claim.account.history_id or 0
    # Gmail notifies before it lists, and its answer's own historyId may be ahead of its list just so (GMAIL.md).
    awaited = max(target, newest) if claim.account.is_quiet() else target
    if (missing or reached < awaited) and claim.account.unsettled_reads < len(UNSETTLED_SECONDS):
        seconds: float = UNSETTLED_SECONDS[claim.account.unsettled_reads]
        claim.update(unsettled_reads=F("unsettled_reads") + 1, last_synced_at=Now())
        return seconds
    if reached < awaited and not claim.was_asked_again():
        # Only now believe it: what was not listed for so long is not mail (RULES R3).
        _write(claim, Part(newest), {})
        # A push beyond what Gmail itself knows would be awaited for ever.
        beyond = GmailAccount.objects.filter(pk=claim.account.pk, notified_history_id=target)
        beyond.filter(notified_history_id__gt=newest).update(notified_history_id=newest)
    claim.update(unsettled_reads=0, failures=0, retry_at=None, last_error="", last_synced_at=Now())
    return TRAILING_SECONDS if target > cursor else watch.poll_seconds(claim.account)


def _parts(claim: Claim, records: list[Record]) -> Iterator[Part]:
    """What the ledger owes, then the records, cut where a transaction would need too many unknown messages (R4)."""
    account = claim.account
    if owed := ledger.owed(account):
        yield Part(
            account.history_id or 0,
            {history.gmail_id: history for history in owed},
            [h.gmail_id for h in owed],
        )
    unknown = dict.fromkeys(mirror.unknown_ids(account, by_message(records).values()))
    taken: list[Record] = []
    to_fetch: list[str] = []
    for record in records:
        fresh = [step.gmail_id for step in record.steps if step.gmail_id in unknown]
        if taken and len(to_fetch) + len(fresh) > UNKNOWN_LIMIT:
            yield Part(taken[-1].id, by_message(taken), to_fetch)
            taken, to_fetch = [], []
        taken.append(record)
        for gmail_id in fresh:
            if unknown.pop(gmail_id, gmail_id) is None:
                to_fetch.append(gmail_id)
    if taken:
        yield Part(taken[-1].id, by_message(taken), to_fetch)


def _write(claim: Claim, part: Part, fetched: dict[str, Headers | None]) -> None:
    """The one transaction: cursor, mirror, ledger and events, or nothing."""
    with eventlog.atomic() as log:
        account = claim.lock()
        member_ids = account.member_ids()  # as of this lock (RULES R1)
        for event in mirror.apply(account, part.histories, fetched):
            log.append(member_ids, event)
        last_read = account.unsettled_reads >= len(UNSETTLED_SECONDS)
        ledger.settle(account, part.histories, fetched, last_read)
        account.history_id = max(part.last_record_id, account.history_id or 0)
        account.save(update_fields=["history_id"])
