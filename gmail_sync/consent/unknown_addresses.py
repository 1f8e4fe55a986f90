"""Pushes for an address that no mailbox here has: one of ours may have been renamed to it."""

from django.db import connection, transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from gmail_sync.models import GmailAccount
from gmail_sync.models.people import UnknownAddress
from gmail_sync.querysets import from_now
from gmail_sync.states import SYNCABLE

ASKED_AT_ONCE = 20  # mailboxes that one unknown address sends to getProfile, at one unit each
ADDRESSES_A_MINUTE = 10  # more are a flood; a renamed mailbox is then found by its own next poll
LATELY_SECONDS = 60  # a mailbox that was asked within this time comes last
AGAIN_SECONDS = 60  # doubled with each time that it was nobody's
AGAIN_LIMIT_SECONDS = 86_400
KEPT_SECONDS = 7 * 86_400  # a watch that was left behind pushes as long


def key_of(email: str) -> str:
    """Return a hash of the address: enough to know it again."""
    return salted_hmac("gmail_sync.unknown_addresses", email.lower(), algorithm="sha256").hexdigest()


def ask_whose(email: str, history_id: int) -> bool:
    """Have the likeliest mailboxes check their address; False if this one, or too many, were asked for lately."""
    if not _is_to_be_asked(key_of(email)):
        return False
    # A mailbox's historyId grows in small steps from a start of its own: the nearest below is most likely it.
    likely = GmailAccount.objects.filter(state__in=SYNCABLE, history_id__lte=history_id)
    was_asked = Q(address_seen_at=None, next_sync_at__lte=Now())
    lately = Case(When(address_seen_at__gt=from_now(-LATELY_SECONDS), then=1), default=0)
    ranked = likely.exclude(was_asked).order_by(lately, "-history_id")
    nearest = list(ranked.values_list("pk", flat=True)[:ASKED_AT_ONCE])
    skip_locked = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        # Those that are locked are being read right now, and their next poll looks too.
        free = GmailAccount.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=nearest)
        GmailAccount.objects.filter(pk__in=[row.pk for row in free.only("pk").order_by("pk")]).ask_look()
    return bool(nearest)


def _is_to_be_asked(key: str) -> bool:
    known = UnknownAddress.objects.filter(key=key)
    due = known.filter(ask_again_at__lte=Now()).first()
    if due is None and known.exists():
        return False
    if UnknownAddress.objects.filter(asked_at__gt=from_now(-60)).count() >= ADDRESSES_A_MINUTE:
        return False
    if due is not None:
        seconds = min(AGAIN_SECONDS * 2**due.times, AGAIN_LIMIT_SECONDS)
        again = known.filter(times=due.times)  # of two webs, one asks
        return bool(again.update(asked_at=Now(), ask_again_at=from_now(seconds), times=F("times") + 1))
    UnknownAddress.objects.filter(asked_at__lt=from_now(-KEPT_SECONDS)).delete()
    fresh = UnknownAddress(key=key, asked_at=Now(), ask_again_at=from_now(AGAIN_SECONDS))
    UnknownAddress.objects.bulk_create([fresh], ignore_conflicts=True)
    return True


def forget_departed(email: str) -> None:
    """Ignore the last pushes for a mailbox that was just closed."""
    earlier = from_now(-2 * AGAIN_SECONDS)  # nobody was asked, so it does not count as one of this minute
    gone = UnknownAddress(key=key_of(email), asked_at=earlier, ask_again_at=from_now(AGAIN_LIMIT_SECONDS))
    UnknownAddress.objects.bulk_create([gone], ignore_conflicts=True)
