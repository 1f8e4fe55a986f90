"""Do one piece of work on a claimed mailbox, and write into its row how that ended."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import close_old_connections
from django.db.utils import Error as DatabaseFailure
from structlog.contextvars import bound_contextvars

from gmail_sync import metrics
from gmail_sync.announce import announce
from gmail_sync.claims import Claim
from gmail_sync.exceptions import GmailSyncError, GrantLost, QuotaSpent, for_operators
from gmail_sync.google import grant_ends
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import LONGEST_WAIT_SECONDS, from_now
from gmail_sync.states import AccountState, Reaction, SyncResult
from realtime import database_errors
from realtime.log import eventlog

logger = structlog.get_logger(__name__)

BACKOFF_SECONDS = 2.0
TOLD_LEAST_SECONDS = 30.0  # "Retry-After: 0" again and again is no invitation
# Gmail refuses with 401 now and then while every refresh succeeds: what lasts for minutes, it means.
DOUBT_SECONDS = 300.0
DOUBT_TRIES = 4


@dataclass(frozen=True)
class Outcome:
    """The end of the work, and the reason if something went wrong; else the seconds until the mailbox is due again."""

    result: SyncResult
    reason: str = ""
    due_in: float = math.inf

    def __str__(self) -> str:
        return f"{self.result}: {self.reason}" if self.reason else self.result


def run_claimed(claim: Claim, work: Callable[[Claim], float]) -> Outcome:
    """Run `work`, which returns the seconds until the mailbox is due again, and give the claim back however it ends.

    Runs in a thread with a database connection of its own.
    """
    started = time.monotonic()
    account_id = claim.account.pk
    with bound_contextvars(account=account_id):
        outcome = _run(claim, work)
    seconds = time.monotonic() - started
    metrics.SYNCS.labels(result=outcome.result).inc()
    metrics.SYNC_SECONDS.observe(seconds)
    logger.info("sync.finished", account=account_id, result=outcome.result.value, seconds=round(seconds, 3))
    return outcome


def _run(claim: Claim, work: Callable[[Claim], float]) -> Outcome:
    try:
        try:
            due_in = work(claim)
            claim.finish(due_in)
        except GmailSyncError as error:
            return _react(claim, error)
        except Exception as error:
            _back_off(claim, error)
            if isinstance(error, DatabaseFailure):
                return Outcome(SyncResult.RETRY, str(error))
            raise
    except Exception as error:
        if database_errors.is_away(error):  # for the end, too; the claim expires by itself
            database_errors.log(logger, "sync.put_off", error)
            return Outcome(SyncResult.RETRY, type(error).__name__)
        logger.exception("sync.crashed")
        return Outcome(SyncResult.ERROR, type(error).__name__)
    finally:
        close_old_connections()
    return Outcome(SyncResult.OK, due_in=due_in)


def _react(claim: Claim, error: GmailSyncError) -> Outcome:
    match error.reaction:
        case Reaction.LEAVE:
            pass  # somebody else goes on
        case Reaction.GIVE_BACK:
            claim.finish(0)
        case Reaction.NEXT_TURN:
            claim.finish(0, failures=0, last_error="")
        case Reaction.WAIT:
            _wait(claim, error)
        case Reaction.BACK_OFF:
            _back_off(claim, error)
        case Reaction.DOUBT:
            return _doubt(claim, error)
        case Reaction.ASK_CONSENT:
            _ask_consent(claim, error)
    return Outcome(error.result, str(error))


def _wait(claim: Claim, error: GmailSyncError) -> None:
    """Wait for the budget; acts, which are small, wait only if small calls have to."""
    seconds = error.retry_after or 0
    column = "retry_at" if isinstance(error, QuotaSpent) and error.of_all else "budget_at"
    claim.finish(seconds, **{column: from_now(seconds)})


def _back_off(claim: Claim, error: Exception, **values: Any) -> None:
    """Wait exponentially longer, with jitter, or as long as Gmail said; a push does not shorten it (RULES R5)."""
    failures = claim.account.failures + 1
    ours = error if isinstance(error, GmailSyncError) else GmailSyncError()
    seconds = min(ours.longest_wait, BACKOFF_SECONDS * 2 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)
    if ours.retry_after is not None:
        seconds = max(ours.retry_after + random.uniform(0, 1), min(seconds, TOLD_LEAST_SECONDS))
    seconds = min(seconds, LONGEST_WAIT_SECONDS)
    retry_at = from_now(seconds)
    claim.finish(seconds, failures=failures, last_error=for_operators(error), retry_at=retry_at, **values)


def _doubt(claim: Claim, error: GmailSyncError) -> Outcome:
    """Try again, each time with a new access token (credentials.py); believe it once it has lasted (RULES R18)."""
    account, now = claim.account, claim.clock.now()
    since, refusals = account.refused_since, account.refusals + 1
    if since is None or since > now or not account.failures:  # later than now: a clock was set back
        since, refusals = now, 1
    if refusals >= DOUBT_TRIES and (now - since).total_seconds() >= DOUBT_SECONDS:
        return _react(claim, GrantLost(str(error)))
    _back_off(claim, error, refused_since=since, refusals=refusals)
    return Outcome(error.result, str(error))


def _ask_consent(claim: Claim, error: GmailSyncError) -> None:
    """Wait for the user's consent, unless a new one came meanwhile (RULES R6). The cursor is kept."""
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
