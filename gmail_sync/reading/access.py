"""Open a mailbox's credentials for a reader: without a claim, since people do not wait for a worker (RULES R6).

A refreshed token is stored only while the consent is the one that was used. Nobody here decides that a consent is lost:
whoever meets a refusal asks for a sync, and the worker decides.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db.models import F
from django.db.models.functions import Now

from gmail_sync.exceptions import AccessRefused, GrantLost, NotFound
from gmail_sync.fields import Sealed
from gmail_sync.gmail.bodies import Bodies
from gmail_sync.google.http import thread_http
from gmail_sync.models import GmailAccount
from gmail_sync.quota import READERS_LIMIT_UNITS
from gmail_sync.reading import budget
from gmail_sync.schedule import wake_workers
from gmail_sync.states import AccountState

CALL_SECONDS = 10.0  # of all calls together


@contextmanager
def bodies_of(account: GmailAccount, limit: float = READERS_LIMIT_UNITS) -> Iterator[Bodies]:
    """Yield the mailbox's bodies; each call spends from the readers' budget, up to `limit` of a minute.

    Raises GmailError, CredentialsUnreadable, QuotaSpent; GrantLost for a mailbox whose consent is awaited.
    """
    if account.state == AccountState.REAUTH_REQUIRED or not account.credentials:
        raise GrantLost("the mailbox waits for a consent")
    bodies = Bodies(account.credentials.open(), spend=partial(budget.spend, account.pk, limit=limit))
    try:
        with thread_http().within(CALL_SECONDS):
            yield bodies
    except (GrantLost, AccessRefused, NotFound):
        _ask_sync(account.pk)
        raise
    finally:
        if refreshed := bodies.refreshed_credentials():
            same_consent = GmailAccount.objects.filter(pk=account.pk, credentials_version=account.credentials_version)
            same_consent.update(credentials=Sealed.of(refreshed))


def _ask_sync(account_id: int) -> None:
    """Have the mailbox read now, unless a back-off keeps it waiting (RULES R5)."""
    GmailAccount.objects.filter(pk=account_id).update(wakes=F("wakes") + 1, next_sync_at=Now())
    wake_workers()
