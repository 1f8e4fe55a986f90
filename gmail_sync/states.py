"""The states that a mailbox, its watch and the work on it can be in."""

from datetime import timedelta
from enum import Enum, StrEnum, auto

from django.db import models


class AccountState(models.TextChoices):
    SYNCING = "syncing", "first sync"
    CONNECTED = "connected", "connected"
    REAUTH_REQUIRED = "reauth_required", "consent needed"
    CLOSING = "closing", "closing"


class WatchState(models.TextChoices):
    NONE = "none", "no watch"
    ACTIVE = "active", "active"
    SILENT = "silent", "silent: no notification arrives"
    FAILED = "failed", "failed"


class TroubleKind(models.TextChoices):
    """The reason why a message is missing here. The first three end after three tries, the others after days."""

    MISSING = "missing", "listed, and not there"
    UNREADABLE = "unreadable", "cannot be read or written"
    REFUSED = "refused", "refused for good"
    FAILED = "failed", "Gmail fails at it"
    OUTAGE = "outage", "Gmail gave no message at all"


class ActionState(models.TextChoices):
    """The way of an act: it waits for Gmail, and ends in one of the others."""

    WAITING = "waiting", "waiting"
    DONE = "done", "done"
    PARTLY = "partly", "done but for some messages"
    REFUSED = "refused", "refused"
    DROPPED = "dropped", "taken back before it was sent"
    EXPIRED = "expired", "not sent in time"


class SyncResult(StrEnum):
    """The end of one piece of work on a mailbox; the label `result` of the metric `finito_sync`."""

    OK = "ok"
    CLAIM_LOST = "claim_lost"
    GIVEN_BACK = "given_back"
    UNFINISHED = "unfinished"  # there is more to read, at once
    WATCH_REFUSED = "watch_refused"
    WATCH_DELAYED = "watch_delayed"
    BUDGET_SPENT = "budget_spent"
    REAUTH_REQUIRED = "reauth_required"
    ACCESS_REFUSED = "access_refused"
    CREDENTIALS_UNREADABLE = "credentials_unreadable"
    RETRY = "retry"
    ERROR = "error"


class Reaction(Enum):
    """The effect of an exception on the mailbox (sync/attempt.py): each class says its own."""

    LEAVE = auto()
    GIVE_BACK = auto()
    NEXT_TURN = auto()
    WAIT = auto()
    BACK_OFF = auto()
    DOUBT = auto()
    ASK_CONSENT = auto()


PATIENT = [TroubleKind.FAILED, TroubleKind.OUTAGE]

# What lies farther ahead than we ever write, by more than this, was written by a clock that has been set back since:
# the database's, since no other decides.
CLOCKS_DIFFER = timedelta(seconds=60)
PROBE_SECONDS = 120  # a notification arrives within seconds, or something on its way is broken

RENEW_SECONDS = 86_400
LATEST_RENEWAL = timedelta(seconds=RENEW_SECONDS) + CLOCKS_DIFFER  # a later one was written by a wrong clock

SYNCABLE = [AccountState.SYNCING, AccountState.CONNECTED, AccountState.CLOSING]
