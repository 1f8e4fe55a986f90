"""Who works on a mailbox: a claim with an expiry, taken and checked by conditional UPDATEs.

A worker that was believed dead and wakes up finds its token gone, and writes nothing.
"""

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, When
from django.db.models.functions import Now

from gmail_sync.exceptions import ClaimLost, QuotaSpent, Stopping
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import CLAIM_SECONDS, GmailAccountQuerySet, from_now
from gmail_sync.quota import Spending
from gmail_sync.states import CLOCKS_DIFFER

KEEP_SECONDS = 5.0
PAST = ("last_push_at", "last_synced_at", "counted_at", "history_away_since")
BURST_WAKES = 3  # so many pushes during one read; Gmail itself sends at most one a second
BURST_SECONDS = 1.0


@dataclass
class Claim:
    """One mailbox in one worker's hands; `account` is what was read when it was claimed or last locked."""

    account: GmailAccount
    token: str
    stopping: threading.Event
    claimed_at: datetime  # by the database's clock
    consent: int = field(init=False)  # the version of the credentials that this work is done with (RULES R6)
    _started: float = field(default_factory=time.monotonic)
    _kept: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.consent = self.account.credentials_version

    def take_up(self, account: GmailAccount) -> None:
        """Go on with what was just read under the lock, its consent included."""
        account.wakes = self.account.wakes  # what the claim has seen; finish() compares it
        self.account, self.consent = account, account.credentials_version

    def now(self) -> datetime:
        """The database's time, as it was at the claim and has gone on since."""
        return self.claimed_at + timedelta(seconds=time.monotonic() - self._started)

    def _mine(self) -> GmailAccountQuerySet:
        return GmailAccount.objects.filter(pk=self.account.pk, claim=self.token)

    def spend(self, units: float) -> None:
        """Say that work goes on, before each call to Gmail, and take its units from the mailbox's budget.

        Raises ClaimLost, QuotaSpent, or Stopping at the worker's end.
        """
        if self.stopping.is_set():
            raise Stopping
        now = self.now()
        spending = Spending.of(self.account.quota_spent)
        if seconds := spending.wait_seconds(units, now):
            raise QuotaSpent(seconds)
        self.update(quota_spent=spending.after(units, now).entries)

    def update(self, **values: Any) -> None:
        """Write columns of the mailbox while the claim is ours. Raises ClaimLost."""
        if not self._mine().update(claim_expires_at=from_now(CLAIM_SECONDS), **values):
            raise ClaimLost(str(self.account.pk))
        self._kept = time.monotonic()
        for name, value in values.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.account, name, value)

    def lock(self) -> GmailAccount:
        """Lock the row for the rest of the transaction. Raises ClaimLost if the claim or the cursor is not ours.

        A long series of transactions without a call to Gmail keeps the claim, too, and ends with the worker (Stopping).
        """
        if time.monotonic() - self._kept > KEEP_SECONDS:
            if self.stopping.is_set():
                raise Stopping
            self.update()
        account = self._mine().select_for_update().filter(history_id=self.account.history_id).first()
        if account is None:
            raise ClaimLost(str(self.account.pk))
        account.wakes = self.account.wakes  # what the claim has seen; finish() compares it
        self.account = account
        return account

    def was_asked_again(self) -> bool:
        """Whether a push, an operator or a consent came since the claim; finish() has the mailbox due again then."""
        return not self._mine().filter(wakes=self.account.wakes).exists()

    def was_pushed_within(self, seconds: float) -> bool:
        """Whether the last push came less than that before the claim, or since."""
        return self._mine().filter(last_push_at__gt=self.claimed_at - timedelta(seconds=seconds)).exists()

    def finish(self, seconds: float, **values: Any) -> None:
        """Give the mailbox back, due again in that many seconds, or now if asked since the claim (RULES R5)."""
        asked = self.account.wakes
        planned = Case(When(wakes=asked, then=from_now(seconds)), default=Now())
        # A burst: one read a second sees all of it. A single push in between is read at once.
        held = Case(When(wakes__gte=asked + BURST_WAKES, then=from_now(BURST_SECONDS)), default=F("retry_at"))
        given_back = {"claim": "", "claim_expires_at": None}
        same_consent = self._mine().filter(credentials_version=self.consent)
        if not same_consent.update(**given_back, next_sync_at=planned, **{"retry_at": held, **values}):
            # What went wrong with the former consent says nothing about the new one (RULES R6).
            self._mine().update(**given_back, next_sync_at=Now())


def claim_due(limit: int, stopping: threading.Event) -> list[Claim]:
    """Claim at most `limit` due mailboxes; no two workers get the same one."""
    return _claim(GmailAccount.objects.due(), limit, stopping)


def claim_account(account_id: int) -> Claim | None:
    """Claim this mailbox, due or not; None while another worker has it. For commands."""
    free = GmailAccount.objects.filter(pk=account_id).exclude(claim_expires_at__gt=Now())
    return next(iter(_claim(free, 1, threading.Event())), None)


def _claim(free: GmailAccountQuerySet, limit: int, stopping: threading.Event) -> list[Claim]:
    if limit <= 0:
        return []
    skip_locked = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        rows: Any = free.annotate(claimed_at=Now()).select_for_update(skip_locked=skip_locked, of=("self",))[:limit]
        claims = [Claim(account, uuid.uuid4().hex, stopping, account.claimed_at) for account in rows]
        for claim in claims:
            GmailAccount.objects.filter(pk=claim.account.pk).update(
                claim=claim.token, claim_expires_at=from_now(CLAIM_SECONDS), **_no_longer_ahead(claim)
            )
    return claims


def _no_longer_ahead(claim: Claim) -> dict[str, datetime]:
    """What cannot lie ahead and does, since the database's clock was set back: it counts from now."""
    ahead = {}
    for name in PAST:
        at = getattr(claim.account, name)
        if at is not None and at > claim.claimed_at + CLOCKS_DIFFER:
            ahead[name] = claim.claimed_at
            setattr(claim.account, name, claim.claimed_at)
    return ahead
