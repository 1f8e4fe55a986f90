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

from django.db import transaction
from django.db.models.functions import Now

from gmail_sync import claimed_row, taking
from gmail_sync.exceptions import ClaimLost, QuotaSpent, Stopping
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import CLAIM_SECONDS
from gmail_sync.quota import SMALL_UNITS, Spending
from gmail_sync.states import CLOCKS_DIFFER
from realtime import compiled

KEEP_SECONDS = 5.0  # a call takes 15 at most (google/http.py): the claim outlives it
PAST = ("last_push_at", "last_synced_at", "counted_at", "history_away_since")
CLAIM = timedelta(seconds=CLAIM_SECONDS)


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
    since. What others write meanwhile is seen under the lock, or asked for; whoever asks for a sync meanwhile has the
    mailbox due again at the end, so that the row in hand is new enough to decide by.
    """

    account: GmailAccount
    token: str
    stopping: threading.Event
    clock: Clock
    consent: int  # the version of the credentials that this work is done with (RULES R6)
    wakes: int  # how often somebody had asked for a sync by then (RULES R5)
    has_members: bool  # as of the claim
    page_open: bool = False  # of a member, lately
    _unwritten: dict[str, Any] = field(default_factory=dict)

    @property
    def _own(self) -> dict[str, Any]:
        return {"pk": self.account.pk, "token": self.token}

    def spend(self, units: float) -> None:
        """Say that work goes on, before each call to Gmail, and take its units from the mailbox's budget.

        They are written with the next write of the row, those of a batch at once: a killed worker's small calls of the
        last seconds are forgotten. Raises ClaimLost, QuotaSpent, or Stopping at the worker's end.
        """
        if self.stopping.is_set():
            raise Stopping
        now = self.clock.now()
        spending, reads, small = Spending.of(self.account.quota_spent), self.account.reads_spent, units <= SMALL_UNITS
        together = spending.with_others(reads) if small else spending.leaving_readers_theirs(reads, now)
        if seconds := together.wait_seconds(units, now):
            raise QuotaSpent(seconds, of_all=small)
        self.later(quota_spent=spending.after(units, now).entries)
        if units > SMALL_UNITS or _is_old(self.account, now):
            self.update()

    def later(self, **values: Any) -> None:
        """Have the next update(), or finish(), write these columns too."""
        self._unwritten.update(values)
        self._see(values)

    def update(self, **values: Any) -> None:
        """Write columns of the mailbox while the claim is ours. Raises ClaimLost."""
        written = {**self._unwritten, **values}
        if not compiled.update(claimed_row.mine, {"claim_expires_at": claimed_row.RENEWED, **written}, **self._own):
            raise ClaimLost
        self._unwritten.clear()
        self._see({**values, "claim_expires_at": self.clock.now() + CLAIM})

    def _see(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.account, name, value)

    def lock(self) -> GmailAccount:
        """Lock the row for the rest of the transaction, and return it as it is now; `account` follows at the commit.

        Raises ClaimLost if the claim or the cursor is not ours. A long series of transactions without a call to Gmail
        keeps the claim, too, and ends with the worker (Stopping).
        """
        row = next(iter(compiled.rows(claimed_row.locked, **self._own)), None)
        if row is None or row.history_id != self.account.history_id:
            raise ClaimLost
        if _is_old(row, self.clock.now()):
            if self.stopping.is_set():
                raise Stopping
            compiled.update(claimed_row.mine, {"claim_expires_at": claimed_row.RENEWED}, **self._own)
            row.claim_expires_at = self.clock.now() + CLAIM
        row.has_skipped = self.account.has_skipped
        transaction.on_commit(partial(self._follow, row))
        return row

    def _follow(self, committed: GmailAccount) -> None:
        for column in GmailAccount._meta.concrete_fields:
            setattr(self.account, column.attname, getattr(committed, column.attname))
        self.account.has_skipped = committed.has_skipped
        self._see(self._unwritten)

    def finish(self, seconds: float, **values: Any) -> None:
        """Give the mailbox back, due again in that many seconds, or now if somebody asked meanwhile (RULES R5)."""
        written = {**self._unwritten, **values}
        if "retry_at" not in values:
            written["retry_at"] = claimed_row.RETRY_FREE if "retry_at" in written else claimed_row.RETRY_KEPT
        given_back = {"claim": "", "claim_expires_at": None}
        seen = {"consent": self.consent, "wakes": self.wakes, "burst": self.wakes + claimed_row.BURST_WAKES}
        planned = {**given_back, "next_sync_at": claimed_row.PLANNED, **written}
        if not compiled.update(
            claimed_row.of_consent, planned, **self._own, **seen, seconds=timedelta(seconds=seconds)
        ):
            # What went wrong with the former consent says nothing about the new one (RULES R6).
            compiled.update(claimed_row.mine, {**given_back, "next_sync_at": Now(), **self._unwritten}, **self._own)


def claim_due(limit: int, stopping: threading.Event) -> list[Claim]:
    """Claim at most `limit` due mailboxes; no two workers get the same one."""
    return _claim(taking.take_due(limit, uuid.uuid4().hex), stopping) if limit > 0 else []


def claim_account(account_id: int, stopping: threading.Event | None = None) -> Claim | None:
    """Claim this mailbox, due or not; None while another worker has it. For commands."""
    free = GmailAccount.objects.filter(pk=account_id).exclude(claim_expires_at__gt=Now())
    return next(iter(_claim(taking.take(free, 1, uuid.uuid4().hex), stopping or threading.Event())), None)


def _claim(taken: list[Any], stopping: threading.Event) -> list[Claim]:
    claims = []
    for row in taken:
        claimed_at = row.claim_expires_at - CLAIM
        if mended := _no_longer_ahead(row, claimed_at):
            GmailAccount.objects.filter(pk=row.pk, claim=row.claim).update(**mended)
        seen = (row.credentials_version, row.wakes, bool(row.has_members), bool(row.page_open))
        claims.append(Claim(row, row.claim, stopping, Clock(claimed_at), *seen))
    return claims


def _is_old(account: GmailAccount, now: datetime) -> bool:
    """Tell whether 5 s have passed since the claim was last written (RULES R4)."""
    return account.claim_expires_at is None or account.claim_expires_at - now < CLAIM - timedelta(seconds=KEEP_SECONDS)


def _no_longer_ahead(account: GmailAccount, now: datetime) -> dict[str, datetime]:
    """Return the past times that lie ahead since the database's clock was set back: they count from now."""
    ahead = {}
    for name in PAST:
        at = getattr(account, name)
        if at is not None and at > now + CLOCKS_DIFFER:
            ahead[name] = now
            setattr(account, name, now)
    return ahead
