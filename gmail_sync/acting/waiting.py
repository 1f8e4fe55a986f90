"""Look after acts that wait too long, and forget old ones; every worker does now and then."""

from datetime import timedelta

import structlog
from django.db.models.functions import Now

from gmail_sync.acting.closing import close, waiting_for
from gmail_sync.acting.refusals import Reason
from gmail_sync.acting.taking import WAITS
from gmail_sync.models import GmailAccount, LabelAction
from gmail_sync.querysets import DUE_NOW, from_now
from gmail_sync.states import SYNCABLE, AccountState, ActionState
from realtime.log import eventlog
from realtime.pieces import pieces

logger = structlog.get_logger(__name__)

KEPT = timedelta(days=7)
FORGOTTEN_AT_ONCE = 1_000


def look_after_waiting() -> None:
    """Expire what has waited for an hour, and wake mailboxes whose acts nobody sends.

    A worker of the release before takes such a mailbox, reads it and leaves its acts.
    """
    late = LabelAction.objects.filter(state=ActionState.WAITING, created_at__lt=from_now(-WAITS.total_seconds()))
    for account_id in list(late.values_list("account_id", flat=True).distinct()):
        _expire(account_id)
    asleep = GmailAccount.objects.filter(acts_due=True, state__in=SYNCABLE, next_sync_at__gt=Now())
    asleep.update(**DUE_NOW)


def _expire(account_id: int) -> None:
    """Settle the late acts of a mailbox that no worker has in hand; one that has does so itself."""
    late = from_now(-WAITS.total_seconds())
    with eventlog.atomic() as log:
        rows = GmailAccount.objects.select_for_update().filter(pk=account_id).exclude(claim_expires_at__gt=Now())
        account = rows.defer("credentials").first()
        if account is None:
            return
        consent = account.state == AccountState.REAUTH_REQUIRED
        for action in waiting_for(account).filter(created_at__lt=late):
            close(log, action, ActionState.EXPIRED, Reason.CONSENT if consent else Reason.GMAIL)
    logger.warning("acts.expired", account=account_id)


def forget_old() -> None:
    """Delete acts of more than a week ago."""
    old = LabelAction.objects.filter(created_at__lt=from_now(-KEPT.total_seconds())).order_by("created_at")
    while gone := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        for piece in pieces(gone):
            LabelAction.objects.filter(pk__in=piece).delete()
