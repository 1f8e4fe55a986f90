"""The end of a mailbox without users: stop its watch, revoke its grant, delete it (RULES R2).

Each step belongs to one consent, and checks that consent last, under the row's lock, since Google's revocation takes
away all that the user has granted the project by then. `revoking_at` marks the row from that check to the end, and a
user who comes back meanwhile has to consent once more. One case remains: a consent that the user gave at Google before
the revocation arrived, and that came here after the row was gone. Its first sync finds it dead and asks again. A new
watch mends a stop that came too late.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import structlog
from django.db import transaction
from django.db.models.functions import Now

from gmail_sync.claims import Claim
from gmail_sync.consent import google
from gmail_sync.consent.credentials import gmail_for
from gmail_sync.consent.unknown_addresses import forget_departed
from gmail_sync.exceptions import CredentialsUnreadable, GmailError, QuotaSpent
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.querysets import DUE_NOW
from gmail_sync.states import AccountState

logger = structlog.get_logger(__name__)


def close(claim: Claim) -> None:
    """Stop the watch, revoke the grant, delete the row and its mirror; do nothing if somebody joined meanwhile."""
    with _forsaken(claim, any_consent=True) as account:
        if account is None:
            return
        account.state = AccountState.CLOSING  # also if its last user was deleted
        account.save(update_fields=["state"])
        claim = replace(claim, account=account, consent=account.credentials_version)
    _stop(claim)
    _revoke(claim)
    with _forsaken(claim) as account:
        if account is not None:
            forget_departed(account.email)
            account.delete()
            logger.info("account.closed", account=claim.account.pk)
            return
    _make_the_watch_again(claim.account.pk)


@contextmanager
def _forsaken(claim: Claim, any_consent: bool = False) -> Iterator[GmailAccount | None]:
    """Lock the row and yield it; yield None if the mailbox has users or, unless `any_consent`, another consent."""
    with transaction.atomic():
        mine = GmailAccount.objects.select_for_update().filter(pk=claim.account.pk, claim=claim.token)
        account = mine.first()
        if account is not None and account.member_ids():
            if account.state == AccountState.CLOSING:  # a member who came by no consent, from outside
                account.state = AccountState.CONNECTED if account.mirrored else AccountState.SYNCING
                account.save(update_fields=["state"])
            account = None
        if account is not None and not any_consent and account.credentials_version != claim.consent:
            account = None
        yield account


def _stop(claim: Claim) -> None:
    try:
        with gmail_for(claim) as gmail, _forsaken(claim) as account:
            watched = account is not None and hasattr(account, "watch")
        if watched:
            gmail.stop()
    except (GmailError, QuotaSpent, CredentialsUnreadable) as error:
        # A dead grant has no watch left; a watch whose stop failed ends by itself within 7 days.
        logger.warning("account.close_incomplete", account=claim.account.pk, error=type(error).__name__)


def _revoke(claim: Claim) -> None:
    with suppress(CredentialsUnreadable):
        credentials = claim.account.credentials.open()
        with _forsaken(claim) as account:
            if account is None:
                return
            GmailAccount.objects.filter(pk=account.pk).update(revoking_at=Now())
        google.revoke(credentials)


def _make_the_watch_again(account_id: int) -> None:
    """Have the next sync make a new watch: somebody joined after the old one was stopped."""
    GmailWatch.objects.filter(account_id=account_id).update(renew_at=None)
    GmailAccount.objects.filter(pk=account_id).update(**DUE_NOW, revoking_at=None)
