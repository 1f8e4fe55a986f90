"""Claims: one worker at a time has a mailbox, until it gives the claim back or the claim expires.

Conditional UPDATEs take and check them: a worker that was believed dead finds its token gone, and writes nothing.
"""

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
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


@dataclass(frozen=True)
class Clock:
    """The database's time, as it was at the claim and has gone on since."""

    claimed_at: datetime
    _started: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.claimed_at + timedelta(seconds=time.monotonic() - self._started)


@dataclass(frozen=True)
class Claim:
    """One mailbox in one worker's hands.

    `account` is one object for as long as the claim lasts: the row as it was claimed, and what this claim committed
    since. What others write meanwhile is seen under the lock, or asked for.
    """

    account: GmailAccount
    token: str
    stopping: threading.Event
    clock: Clock
    consent: int  # the version of the credentials that this work is done with (RULES R6)
    wakes: int  # how often somebody had asked for a sync by then (RULES R5)

    @property
    def _mine(self) -> GmailAccountQuerySet:
        return GmailAccount.objects.filter(pk=self.account.pk, claim=self.token)

    def spend(self, units: float) -> None:
        """Say that work goes on, before each call to Gmail, and take its units from the mailbox's budget.

        Raises ClaimLost, QuotaSpent, or Stopping at the worker's end.
        """
        if self.stopping.is_set():
            raise Stopping
        now = self.clock.now()
        spending = Spending.of(self.account.quota_spent)
        if seconds := spending.wait_seconds(units, now):
            raise QuotaSpent(seconds)
        self.update(quota_spent=spending.after(units, now).entries)

    def update(self, **values: Any) -> None:
        """Write columns of the mailbox while the claim is ours. Raises ClaimLost."""
        if not self._mine.update(claim_expires_at=from_now(CLAIM_SECONDS), **values):
            raise ClaimLost
        for name, value in values.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.account, name, value)

    def lock(self) -> GmailAccount:
        """Lock the row for the rest of the transaction, and return it as it is now; `account` follows at the commit.

        Raises ClaimLost if the claim or the cursor is not ours. A long series of transactions without a call to Gmail
        keeps the claim, too, and ends with the worker (Stopping).
        """
        rows: Any = self._mine.select_for_update().annotate(now=Now())
        row = rows.filter(history_id=self.account.history_id).first()
        if row is None:
            raise ClaimLost
        if row.claim_expires_at - row.now < timedelta(seconds=CLAIM_SECONDS - KEEP_SECONDS):
            if self.stopping.is_set():
                raise Stopping
            self._mine.update(claim_expires_at=from_now(CLAIM_SECONDS))
        transaction.on_commit(partial(_follow, self.account, row))
        locked: GmailAccount = row
        return locked

    def finish(self, seconds: float, **values: Any) -> None:
        """Give the mailbox back, due again in that many seconds, or now if somebody asked meanwhile (RULES R5)."""
        planned = Case(When(wakes=self.wakes, then=from_now(seconds)), default=Now())
        # A burst: one read a second sees all of it. A single push in between is read at once.
        held = Case(When(wakes__gte=self.wakes + BURST_WAKES, then=from_now(BURST_SECONDS)), default=F("retry_at"))
        given_back = {"claim": "", "claim_expires_at": None}
        same_consent = self._mine.filter(credentials_version=self.consent)
        if not same_consent.update(**given_back, next_sync_at=planned, **{"retry_at": held, **values}):
            # What went wrong with the former consent says nothing about the new one (RULES R6).
            self._mine.update(**given_back, next_sync_at=Now())


def claim_due(limit: int, stopping: threading.Event) -> list[Claim]:
    """Claim at most `limit` due mailboxes; no two workers get the same one."""
    return _claim(GmailAccount.objects.due(), limit, stopping)


def claim_account(account_id: int, stopping: threading.Event | None = None) -> Claim | None:
    """Claim this mailbox, due or not; None while another worker has it. For commands."""
    free = GmailAccount.objects.filter(pk=account_id).exclude(claim_expires_at__gt=Now())
    return next(iter(_claim(free, 1, stopping or threading.Event())), None)


def _claim(free: GmailAccountQuerySet, limit: int, stopping: threading.Event) -> list[Claim]:
    if limit <= 0:
        return []
    skip_locked = connection.features.has_select_for_update_skip_locked
    claims = []
    with transaction.atomic():
        rows: Any = free.annotate(claimed_at=Now()).select_for_update(skip_locked=skip_locked, of=("self",))[:limit]
        for row in rows:
            token, mended = uuid.uuid4().hex, _no_longer_ahead(row, row.claimed_at)
            own = GmailAccount.objects.filter(pk=row.pk)
            own.update(claim=token, claim_expires_at=from_now(CLAIM_SECONDS), **mended)
            claims.append(Claim(row, token, stopping, Clock(row.claimed_at), row.credentials_version, row.wakes))
    return claims


def _follow(account: GmailAccount, committed: GmailAccount) -> None:
    for column in GmailAccount._meta.concrete_fields:
        setattr(account, column.attname, getattr(committed, column.attname))


def _no_longer_ahead(account: GmailAccount, now: datetime) -> dict[str, datetime]:
    """Return the past times that lie ahead since the database's clock was set back: they count from now."""
    ahead = {}
    for name in PAST:
        at = getattr(account, name)
        if at is not None and at > now + CLOCKS_DIFFER:
            ahead[name] = now
            setattr(account, name, now)
    return ahead
