"""A mailbox's address: only getProfile with its own grant tells it (docs/adr/0020-whose-address-it-is.md)."""

import random
from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from gmail_sync.announce import announce
from gmail_sync.claims import Claim, Clock
from gmail_sync.consent.unknown_addresses import key_of
from gmail_sync.exceptions import ClaimLost, GmailMisconfigured, GmailThrottled, GmailUnavailable
from gmail_sync.gmail.api import Gmail
from gmail_sync.models import GmailAccount
from gmail_sync.models.people import UnknownAddress
from gmail_sync.querysets import from_now
from realtime.log import eventlog

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 86_400  # a mailbox without a watch has no renewals to look with
RENEWED_SECONDS = 60  # a renewal does not ask again for an address that was told within this time
HOLD_SECONDS = 300  # two accounts that are told the same address do not take it from each other all the time
FORMERLY = " (formerly)"  # a blank: no address that Gmail could push looks so


def placeholder(account: GmailAccount) -> str:
    """Return a stand-in for an address that another mailbox has now, until getProfile tells the new one."""
    return f"{account.email.partition(FORMERLY)[0][:230]}{FORMERLY} {account.pk}"


def is_placeholder(email: str) -> bool:
    """Tell whether this is such a stand-in."""
    return FORMERLY in email


def is_due(account: GmailAccount, clock: Clock) -> bool:
    """Tell whether to look: where an unknown address was pushed, and otherwise once a day."""
    seen_at, day = account.address_seen_at, timedelta(seconds=LOOK_SECONDS * random.uniform(0.9, 1.0))
    return seen_at is None or seen_at < clock.now() - day


def look_with_renewal(claim: Claim, gmail: Gmail) -> None:
    """Check the address after a renewal, unless a consent told it within the last minute."""
    seen_at = claim.account.address_seen_at
    if seen_at is None or seen_at < claim.clock.now() - timedelta(seconds=RENEWED_SECONDS):
        look(claim, gmail)


def look_if_unannounced(claim: Claim, gmail: Gmail) -> None:
    """Check the address after a change without a push, if an unknown address was pushed meanwhile."""
    since = GmailAccount.objects.filter(pk=claim.account.pk, address_seen_at__lt=OuterRef("asked_at"))
    if UnknownAddress.objects.filter(Exists(since)).exists():
        look(claim, gmail)


def look(claim: Claim, gmail: Gmail) -> None:
    """Ask getProfile (1 unit) and store the address. A failure of this call alone delays nothing else.

    Raises GrantLost and GmailThrottled, which concern the whole mailbox.
    """
    try:
        email, _ = gmail.profile()
    except GmailThrottled:
        raise
    except (GmailMisconfigured, GmailUnavailable, KeyError, ValueError) as error:
        logger.warning("account.address_unknown", account=claim.account.pk, error=type(error).__name__)
        return
    _take(claim, email)


def _take(claim: Claim, email: str) -> None:
    """Give the mailbox this address. A mailbox that had it here keeps everything else, and is checked in turn."""
    with eventlog.atomic() as log:
        both = GmailAccount.objects.select_for_update().filter(Q(pk=claim.account.pk) | Q(email=email)).order_by("pk")
        rows = {row.pk: row for row in both}
        account = rows.pop(claim.account.pk, None)
        if account is None or account.claim != claim.token:
            raise ClaimLost
        if is_placeholder(account.email) and _just_seen(rows):
            _contest(account, rows)
            return
        for holder in rows.values():
            displace(log, holder)
        renamed = account.email != email
        GmailAccount.objects.filter(pk=account.pk).update(email=email, address_seen_at=Now())
        UnknownAddress.objects.filter(key=key_of(email)).delete()
        if renamed:
            account.email = email
            announce(log, account)
            GmailAccount.objects.filter(email__contains=FORMERLY).ask_look()  # it may have made room for one of them
    claim.account.email, claim.account.address_seen_at = email, claim.clock.now()
    if renamed:
        logger.info("account.renamed", account=account.pk)


def _just_seen(rows: Iterable[int]) -> bool:
    return GmailAccount.objects.filter(pk__in=list(rows), address_seen_at__gt=from_now(-HOLD_SECONDS)).exists()


def _contest(account: GmailAccount, holders: Iterable[int]) -> None:
    """Leave the address to the mailbox that just learned it: check that one again, and this one at its next sync."""
    GmailAccount.objects.filter(pk=account.pk).update(address_seen_at=None)
    GmailAccount.objects.filter(pk__in=list(holders)).ask_look()
    logger.warning("account.address_contested", account=account.pk)


def displace(log: eventlog.EventLog, account: GmailAccount) -> None:
    """Take the address from the mailbox, since another has it now, and ask its own grant at once.

    Needs the row's lock. Its members keep it; if its grant is dead it waits for consent as any other.
    """
    account.email, account.address_seen_at = placeholder(account), None
    account.save(update_fields=["email", "address_seen_at"])
    GmailAccount.objects.filter(pk=account.pk).ask_look()
    announce(log, account)
    logger.info("account.displaced", account=account.pk)
