"""Open a mailbox's credentials for a reader: without a claim, since people do not wait for a worker (RULES R6).

A refreshed token is stored only while the consent is the one that was used. Nobody here decides that a consent is lost,
or that a message is gone: whoever meets a refusal asks for a sync, and the worker decides. So a GET may wake a worker,
once a minute and mailbox: a page that shows what is gone mends itself, and a mail that names such addresses as its
pictures has not much of it (docs/adr/0046).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from gmail_sync.exceptions import AccessRefused, GrantLost, NotFound
from gmail_sync.fields import Sealed
from gmail_sync.gmail.http import GmailHttp
from gmail_sync.google.http import thread_http
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import DUE_NOW
from gmail_sync.quota import READERS_LIMIT_UNITS
from gmail_sync.reading import budget
from gmail_sync.schedule import wake_workers
from gmail_sync.states import AccountState
from realtime.presence.pace import Pace

G = TypeVar("G", bound=GmailHttp)

CALL_SECONDS = 10.0  # of all calls together
ASK_SECONDS = 60.0
asks = Pace(ASK_SECONDS)  # of this process


@contextmanager
def opened(kind: type[G], account: GmailAccount, limit: float = READERS_LIMIT_UNITS) -> Iterator[G]:
    """Yield the mailbox; each call spends from the readers' budget, up to `limit` of a minute.

    Raises GmailError, CredentialsUnreadable, QuotaSpent; GrantLost for a mailbox whose consent is awaited.
    """
    if account.state == AccountState.REAUTH_REQUIRED or not account.credentials:
        raise GrantLost("the mailbox waits for a consent")
    gmail = kind(account.credentials.open(), spend=partial(budget.spend, account.pk, limit=limit))
    try:
        with thread_http().within(CALL_SECONDS):
            yield gmail
    except (GrantLost, AccessRefused, NotFound):
        _ask_sync(account.pk)
        raise
    finally:
        if refreshed := gmail.refreshed_credentials():
            same_consent = GmailAccount.objects.filter(pk=account.pk, credentials_version=account.credentials_version)
            same_consent.update(credentials=Sealed.of(refreshed))


def _ask_sync(account_id: int) -> None:
    """Have the mailbox read now, unless it was asked for lately or a back-off keeps it waiting (RULES R5)."""
    if not asks.allows(str(account_id)):
        return
    GmailAccount.objects.filter(pk=account_id).update(**DUE_NOW)
    wake_workers()
