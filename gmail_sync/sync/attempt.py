"""One piece of work on a claimed mailbox, and what its end means for the mailbox's row."""

import random
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import DatabaseError, close_old_connections
from structlog.contextvars import bound_contextvars

from gmail_sync import metrics
from gmail_sync.claims import Claim
from gmail_sync.exceptions import (
    AccessRefused,
    ClaimLost,
    CredentialsUnreadable,
    FinitoError,
    GmailUnavailable,
    GrantLost,
    QuotaSpent,
    Stopping,
    TurnOver,
    WatchDelayed,
    WatchRefused,
    for_operators,
)
from gmail_sync.google import grant_ends
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import LONGEST_WAIT_SECONDS, from_now
from gmail_sync.states import AccountState
from gmail_sync.sync.resync import announce
from realtime.log import eventlog

logger = structlog.get_logger(__name__)

UNFINISHED = "unfinished"  # there is more to read, at once
BACKOFF_SECONDS = 2.0
BACKOFF_LIMIT_SECONDS = 900.0
KEYS_LIMIT_SECONDS = 60.0  # looking again costs Google nothing, and the right keys may come with any restart
TOLD_LEAST_SECONDS = 30.0  # "Retry-After: 0" again and again is no invitation
# Gmail refuses with 401 now and then while every refresh succeeds: what lasts for minutes, it means.
DOUBT_SECONDS = 300.0
DOUBT_TRIES = 4
DOUBT_LIMIT_SECONDS = 60.0


def attempt(claim: Claim, work: Callable[[Claim], float]) -> str:
    """Run `work`, which says in how many seconds the mailbox is due again, and give the claim back, however it ends.

    Returns `ok`, or what went wrong in a few words. Runs in a thread with a database connection of its own.
    """
    started = time.monotonic()
    account_id = claim.account.pk
    with bound_contextvars(account=account_id):
        result = _run(claim, work)
    seconds = time.monotonic() - started
    metrics.SYNCS.labels(result=result.partition(":")[0]).inc()
    metrics.SYNC_SECONDS.observe(seconds)
    logger.info("sync.finished", account=account_id, result=result.partition(":")[0], seconds=round(seconds, 3))
    return result


def _run(claim: Claim, work: Callable[[Claim], float]) -> str:
    try:
        return _outcome(claim, work)
    except Exception as error:
        logger.exception("sync.crashed")
        return f"error: {type(error).__name__}"
    finally:
        close_old_connections()


def _outcome(claim: Claim, work: Callable[[Claim], float]) -> str:
    try:
        claim.finish(work(claim))
    except ClaimLost:
        return "claim_lost"  # somebody else goes on
    except Stopping:
        claim.finish(0)
        return "given_back"
    except TurnOver:
        claim.finish(0, failures=0, last_error="")
        return UNFINISHED
    except (WatchRefused, WatchDelayed) as error:
        claim.finish(0)
        return f"{'watch_refused' if isinstance(error, WatchRefused) else 'watch_delayed'}: {error}"
    except QuotaSpent as spent:
        claim.finish(spent.seconds, retry_at=from_now(spent.seconds))
        return "budget_spent"
    except GrantLost as error:
        _require_consent(claim, error)
        return f"reauth_required: {error}"
    except AccessRefused as error:
        return _doubt(claim, error)
    except (FinitoError, DatabaseError) as error:
        _back_off(claim, error)
        kind = "credentials_unreadable" if isinstance(error, CredentialsUnreadable) else "retry"
        return f"{kind}: {error}"
    except Exception as error:
        _back_off(claim, error)
        raise
    return "ok"


def _back_off(claim: Claim, error: Exception, limit: float = BACKOFF_LIMIT_SECONDS, **values: Any) -> None:
    """Exponential with jitter, or as long as Gmail said; a push does not shorten it (RULES R5)."""
    failures = claim.account.failures + 1
    if isinstance(error, CredentialsUnreadable):
        limit = KEYS_LIMIT_SECONDS
    seconds = min(limit, BACKOFF_SECONDS * 2 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)
    if isinstance(error, GmailUnavailable) and error.retry_after is not None:
        seconds = max(error.retry_after + random.uniform(0, 1), min(seconds, TOLD_LEAST_SECONDS))
    seconds = min(seconds, LONGEST_WAIT_SECONDS)
    retry_at = from_now(seconds)
    claim.finish(seconds, failures=failures, last_error=for_operators(error), retry_at=retry_at, **values)


def _doubt(claim: Claim, error: AccessRefused) -> str:
    """Try again, each time with a new access token (credentials.py); believe it once it has lasted (RULES R18)."""
    account, now = claim.account, claim.now()
    since, refusals = account.refused_since, account.refusals + 1
    if since is None or since > now or not account.failures:  # later than now: a clock was set back
        since, refusals = now, 1
    if refusals >= DOUBT_TRIES and (now - since).total_seconds() >= DOUBT_SECONDS:
        _require_consent(claim, GrantLost(str(error)))
        return f"reauth_required: {error}"
    _back_off(claim, error, DOUBT_LIMIT_SECONDS, refused_since=since, refusals=refusals)
    return f"access_refused: {error}"


def _require_consent(claim: Claim, error: GrantLost) -> None:
    """Only consent mends it. Not written if a new consent came meanwhile (RULES R6); the cursor is kept."""
    with eventlog.atomic() as log:
        mailbox = GmailAccount.objects.select_for_update().filter(pk=claim.account.pk, claim=claim.token)
        account = mailbox.filter(credentials_version=claim.consent).first()
        if account is not None:
            mend = grant_ends.mend(error.cause)
            account.state = AccountState.REAUTH_REQUIRED
            account.last_error = f"{error}; {mend}" if mend else str(error)
            account.save(update_fields=["state", "last_error"])
            announce(log, account)
    claim.finish(0)
