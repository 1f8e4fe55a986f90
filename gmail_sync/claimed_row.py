"""The statements by which a claim reads and writes its row; each is compiled once (realtime/compiled.py)."""

from django.db.models import Case, DateTimeField, DurationField, F, Value, When

from gmail_sync.models import GmailAccount
from gmail_sync.querysets import ASKED_NOW, CLAIM_SECONDS, GmailAccountQuerySet, from_now
from realtime.compiled import Given

BURST_WAKES = 3  # so many pushes during one read; Gmail itself sends at most one a second
BURST_SECONDS = 1.0

# What finish() writes: the mailbox is due again in so many seconds, or now if somebody asked meanwhile (RULES R5).
PLANNED = Case(When(wakes=Given("wakes"), then=from_now(Given("seconds", DurationField()))), default=ASKED_NOW)
# A burst: one read a second sees all of it. A single push in between is read at once.
_BURST = When(wakes__gte=Given("burst"), then=from_now(BURST_SECONDS))
RETRY_FREE = Case(_BURST, default=Value(None, DateTimeField()))
RETRY_KEPT = Case(_BURST, default=F("retry_at"))
RENEWED = from_now(CLAIM_SECONDS)


def mine() -> GmailAccountQuerySet:
    """Select the row while the claim is ours."""
    return GmailAccount.objects.filter(pk=Given("pk"), claim=Given("token"))


def locked() -> GmailAccountQuerySet:
    """Select it, and lock it for the rest of the transaction."""
    return mine().select_for_update()


def of_consent() -> GmailAccountQuerySet:
    """Select it while the consent is the one that was used."""
    return mine().filter(credentials_version=Given("consent"))
