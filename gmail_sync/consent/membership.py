"""Joining a mailbox by consent, and leaving it: one transaction each, which locks the account first (RULES R1)."""

import structlog
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.signals import post_delete
from django.dispatch import receiver

from gmail_sync.announce import announce
from gmail_sync.consent import renaming
from gmail_sync.consent.google import Grant
from gmail_sync.events import AccountStatus
from gmail_sync.exceptions import ConsentFailed
from gmail_sync.fields import Sealed
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.models.people import MemberProof
from gmail_sync.presence import room_of
from gmail_sync.querysets import ASKED_NOW, from_now
from gmail_sync.schedule import wake_workers
from gmail_sync.states import AccountState
from realtime.log import eventlog
from realtime.log.eventlog import EventLog
from realtime.presence.rows import forget

logger = structlog.get_logger(__name__)

REVOKING_SECONDS = 60  # longer than the call that takes a grant back may last


def join(user_id: int, grant: Grant) -> GmailAccount:
    """Connect the mailbox, or add the user to it, or renew its consent: it is one account for all its users.

    Raises ConsentFailed while the mailbox's former grant is being revoked, since that would revoke this one too.
    """
    tries = 3
    while True:
        try:
            account = _join(user_id, grant)
            break
        except (GmailAccount.DoesNotExist, IntegrityError):
            # Between two statements its row went, or another row took its address.
            tries -= 1
            if not tries:
                raise
    wake_workers()
    logger.info("account.joined", account=account.pk, user=user_id)
    return account


def _join(user_id: int, grant: Grant) -> GmailAccount:
    with eventlog.atomic() as log:
        rows = GmailAccount.objects.select_for_update().filter(Q(email=grant.email) | Q(google_sub=grant.sub))
        for former in list(rows.order_by("pk")):
            if former.google_sub != grant.sub:
                renaming.displace(log, former)
        GmailAccount.objects.bulk_create(
            [GmailAccount(google_sub=grant.sub, email=grant.email, history_id=grant.history_id)],
            ignore_conflicts=True,
        )
        account = GmailAccount.objects.select_for_update().get(google_sub=grant.sub)
        _refuse_while_revoking(account)
        if account.email != grant.email:
            logger.info("account.renamed", account=account.pk)
        account.email, account.address_seen_at = grant.email, Now()
        replaced = not _keeps_broader(account, grant)
        if replaced:
            _take_grant(account, grant)
        account.wakes, account.next_sync_at = F("wakes") + 1, ASKED_NOW
        account.save()
        account.refresh_from_db()
        account.users.add(user_id)
        proof = {"proven_at": Now(), "credentials_version": account.credentials_version, "scopes": grant.scopes}
        MemberProof.objects.update_or_create(account=account, user_id=user_id, defaults=proof)
        if replaced:  # perhaps the grant that the watch was made with
            GmailWatch.objects.filter(account=account).update(renew_at=None)
        announce(log, account)
    return account


def _keeps_broader(account: GmailAccount, grant: Grant) -> bool:
    """Tell whether the stored grant lives and allows more: whoever joins by reading alone takes no acting away."""
    lives = account.state in (AccountState.CONNECTED, AccountState.SYNCING) and bool(account.credentials)
    return account.can_act and not grant.can_act and lives


def _take_grant(account: GmailAccount, grant: Grant) -> None:
    account.credentials, account.scopes = Sealed.of(grant.credentials), grant.scopes
    account.credentials_version += 1
    account.labels_due |= grant.can_act
    account.can_act = grant.can_act
    account.state = AccountState.CONNECTED if account.mirrored else AccountState.SYNCING
    account.retry_at, account.budget_at, account.revoking_at = None, None, None
    account.failures, account.last_error = 0, ""


def _refuse_while_revoking(account: GmailAccount) -> None:
    """Raise ConsentFailed while a revocation is under way: it would take this grant too (closing.py)."""
    revoking = GmailAccount.objects.filter(pk=account.pk, revoking_at__gt=from_now(-REVOKING_SECONDS))
    if revoking.exists():
        raise ConsentFailed(
            "Google is just taking back the access that you gave before; please connect again in a minute."
        )


def leave(user_id: int, account_id: int) -> bool:
    """Take the mailbox from the user at once; the last user closes it. Returns False if they were no member."""
    with eventlog.atomic() as log:
        account = GmailAccount.objects.select_for_update().filter(pk=account_id).first()
        if account is None or user_id not in account.member_ids():
            return False
        _remove(log, account, user_id)
        if not account.member_ids():
            _close(account)
    wake_workers()
    logger.info("account.left", account=account_id, user=user_id)
    return True


def close_forsaken() -> None:
    """Close the mailboxes whose last user was deleted, whatever they were waiting for."""
    for account_id in GmailAccount.objects.filter(users=None).values_list("pk", flat=True):
        with transaction.atomic():
            account = GmailAccount.objects.select_for_update().filter(pk=account_id).first()
            if account is not None and not account.member_ids():
                _close(account)
    wake_workers()


@receiver(post_delete, sender=get_user_model())
def _user_deleted(sender: object, **kwargs: object) -> None:
    transaction.on_commit(close_forsaken)


def _remove(log: EventLog, account: GmailAccount, user_id: int) -> None:
    account.users.remove(user_id)
    MemberProof.objects.filter(account=account, user_id=user_id).delete()
    forget(user_id, room_of(account.pk))
    log.forget(user_id)  # nothing of that mailbox can be replayed any more
    log.append([user_id], AccountStatus(account.pk, "disconnected", account.email))


def _close(account: GmailAccount) -> None:
    """Have a worker end the mailbox (closing.py), now and whatever its back-off says."""
    account.state, account.wakes, account.next_sync_at = AccountState.CLOSING, F("wakes") + 1, Now()
    account.retry_at = account.budget_at = None
    account.save(update_fields=["state", "wakes", "next_sync_at", "retry_at", "budget_at"])
