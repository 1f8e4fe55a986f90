"""Open a mailbox's credentials for one piece of work, and store them again if Google refreshed them."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gmail_sync.claims import Claim
from gmail_sync.exceptions import CredentialsUnreadable, GrantLost
from gmail_sync.fields import Sealed
from gmail_sync.gmail.api import Gmail
from gmail_sync.models import GmailAccount

logger = structlog.get_logger(__name__)


@contextmanager
def gmail_for(claim: Claim) -> Iterator[Gmail]:
    """Yield Gmail for the claimed mailbox; each call renews the claim and spends from its budget.

    Refreshed credentials are stored only while the consent is the one that was used (RULES R6). While Gmail refuses
    the access token, each sync gets a new one: only a refresh tells whether the grant lives (RULES R18).
    Raises CredentialsUnreadable, GrantLost.
    """
    account, version = claim.account, claim.consent
    if not account.credentials:
        raise GrantLost("no credentials are stored")
    try:
        values = account.credentials.open()
    except CredentialsUnreadable as error:
        logger.error("credentials.unreadable", account=account.pk, reason=str(error))
        raise
    if account.failures and account.refused_since is not None:
        values = {**values, "token": None, "expiry": None}  # nosec B105  # none at all
    gmail = Gmail(values, spend=claim.spend)
    try:
        yield gmail
    finally:
        same_consent = GmailAccount.objects.filter(pk=account.pk, credentials_version=version)
        if refreshed := gmail.refreshed_credentials():
            same_consent.update(credentials=Sealed.of(refreshed))
        if gmail.accepted and account.refused_since is not None:
            same_consent.update(refused_since=None)  # whatever else went wrong
