"""Keep a ledger of messages that could not be fetched or written: each is tried again, then skipped.

An entry never holds up other mail: the cursor moves on, and the entry is tried again after new mail was read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, Now

from gmail_sync.claims import Clock
from gmail_sync.gmail.metadata import Fetched, Headers, Trouble
from gmail_sync.models import GmailAccount, SkippedMessage
from gmail_sync.querysets import from_now
from gmail_sync.states import PATIENT, TroubleKind
from realtime.pieces import pieces

ATTEMPTS = 3  # of reads after which nothing was awaited any more: the repeated ones of a burst count for nothing
HOUR = 3_600
# Where Gmail fails, which may last for days: so many seconds after each failed attempt; the last one ends it.
WAITS = [5, 30, 120, 600, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR]
AT_ONCE = 25  # a batch: retries take little of the mailbox's minute


def due(account: GmailAccount) -> list[str]:
    """Return the ids to try again in this read, at most 25, oldest first."""
    if not account.has_skipped:
        return []
    never_meant = Now() + 2 * timedelta(seconds=WAITS[-1])  # a clock was set back
    when = Q(retry_at=None) | Q(retry_at__lte=Now()) | Q(retry_at__gt=never_meant)
    entries = account.skipped_messages.filter(when, skipped=False).order_by("pk")
    return list(entries.values_list("gmail_id", flat=True)[:AT_ONCE])


def still_due(account: GmailAccount, gmail_ids: list[str]) -> list[str]:
    """Return those of the ids that are still to be tried again."""
    if not gmail_ids:
        return []
    entries = account.skipped_messages.filter(gmail_id__in=gmail_ids, skipped=False)
    left = set(entries.values_list("gmail_id", flat=True))
    return [gmail_id for gmail_id in gmail_ids if gmail_id in left]


def known(account: GmailAccount, gmail_ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are in the ledger, skipped ones included."""
    if not account.has_skipped:
        return set()
    entries = account.skipped_messages.values_list("gmail_id", flat=True)
    return {gmail_id for piece in pieces(gmail_ids) for gmail_id in entries.filter(gmail_id__in=piece)}


def settle(account: GmailAccount, gone: set[str], fetched: Fetched, last_read: bool) -> None:
    """Delete entries of messages that were fetched or are `gone`, and note messages that failed.

    The attempt counts only on the last read of a burst (`last_read`).
    """
    had = {gmail_id for gmail_id, read in fetched.items() if isinstance(read, Headers)}
    open_entries = account.skipped_messages.filter(skipped=False)
    for piece in pieces(had | gone) if account.has_skipped else ():
        open_entries.filter(gmail_id__in=piece).delete()
    for gmail_id, trouble in fetched.items():
        if isinstance(trouble, Trouble) and gmail_id not in gone:
            note(account, gmail_id, trouble, counts=last_read)
    if had and account.has_skipped:
        open_entries.filter(kind=TroubleKind.OUTAGE).update(retry_at=None)  # it is over: why wait longer?


def note(account: GmailAccount, gmail_id: str, trouble: Trouble, counts: bool = True) -> None:
    """Enter the message, or count one more failed attempt; the last one skips it until an operator asks again."""
    account.has_skipped = True
    entries = SkippedMessage.objects.filter(account=account, gmail_id=gmail_id)
    SkippedMessage.objects.bulk_create([SkippedMessage(account=account, gmail_id=gmail_id)], ignore_conflicts=True)
    attempts, kind = entries.values_list("attempts", "kind").get()
    if trouble.kind != TroubleKind.OUTAGE or kind not in (TroubleKind.REFUSED, TroubleKind.FAILED):
        kind = trouble.kind  # else it was refused while others were answered: that this one was alone says nothing new
    patient = kind in PATIENT
    attempts += int(counts or patient)
    entries.update(attempts=attempts, reason=trouble.reason, kind=kind, retry_at=None, updated_at=Now())
    if patient and attempts <= len(WAITS):
        entries.update(retry_at=from_now(WAITS[attempts - 1]))
    elif patient or attempts >= ATTEMPTS:
        entries.update(skipped=True)


@dataclass(frozen=True)
class RetriesLeft:
    """Entries left to try: `soon` with the next read, as any late listing, or in so many `seconds`."""

    soon: bool
    seconds: float | None


def retries_left(account: GmailAccount, clock: Clock) -> RetriesLeft:
    if not account.has_skipped:
        return RetriesLeft(soon=False, seconds=None)
    found = account.skipped_messages.filter(skipped=False).aggregate(
        soon=Count("pk", filter=~Q(kind__in=PATIENT)),
        at=Min(Coalesce("retry_at", Now()), filter=Q(kind__in=PATIENT)),
    )
    at = found["at"]
    return RetriesLeft(found["soon"] > 0, None if at is None else max((at - clock.now()).total_seconds(), 1.0))
