"""The end of a mailbox that nobody sees any more: stop, revoke, forget (RULES R2)."""

from contextlib import suppress

import structlog
from django.db import transaction

from gmail_sync import oauth
from gmail_sync.claims import Claim
from gmail_sync.credentials import opened
from gmail_sync.exceptions import CredentialsUnreadable, GmailError
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.states import AccountState

logger = structlog.get_logger(__name__)


def close(claim: Claim) -> None:
    """Stop the watch, revoke the grant, delete the row and its mirror; nothing if somebody joined meanwhile."""
    account_id = claim.account.pk
    if claim.account.member_ids():
        return
    try:
        with opened(claim) as gmail:
            if hasattr(claim.account, "watch"):
                gmail.stop()
    except (GmailError, CredentialsUnreadable) as error:
        # A dead grant has no watch left; a watch whose stop failed ends by itself within 7 days.
        logger.warning("account.close_incomplete", account=account_id, error=type(error).__name__)
    with suppress(CredentialsUnreadable):
        oauth.revoke(claim.account.credentials.open())
    with transaction.atomic():
        mine = GmailAccount.objects.select_for_update().filter(pk=account_id, claim=claim.token)
        account = mine.filter(state=AccountState.CLOSING).first()
        if account is not None and not account.member_ids():
            account.delete()
            logger.info("account.closed", account=account_id)
            return
    # Somebody joined meanwhile, and the watch was just stopped: make it again.
    GmailWatch.objects.filter(account_id=account_id).update(renew_at=None)
