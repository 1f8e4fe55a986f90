"""Query and change many rows at once."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Case, DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from gmail_sync.quota import WINDOW_SECONDS
from gmail_sync.states import CLOCKS_DIFFER, SYNCABLE

if TYPE_CHECKING:
    from gmail_sync.models import GmailAccount, Message  # noqa: F401

CLAIM_SECONDS = 20
LONGEST_WAIT_SECONDS = 3_600  # of a retry: Gmail's daily limit; all others are shorter
# Whom somebody asks for precedes by so much who is read to be sure (trailing reads, polls): full workers are late with
# what nobody waits for, and a mailbox that is asked for meanwhile needs one read for both.
PRECEDENCE_SECONDS = 10


def from_now(seconds: float | Combinable) -> Combinable:
    """Return the database's time in so many seconds, or after an expression's time: clocks of machines differ, the
    database's is one (RULES R5)."""
    ahead = seconds if isinstance(seconds, Combinable) else timedelta(seconds=seconds)
    return ExpressionWrapper(Now() + ahead, output_field=DateTimeField())


ASKED_NOW = from_now(-PRECEDENCE_SECONDS)
# Sets that a mailbox is to be read now; a back-off keeps it waiting (RULES R5). Who is due for longer keeps the place.
DUE_NOW: dict[str, Any] = {
    "wakes": F("wakes") + 1,
    "next_sync_at": Case(When(next_sync_at__lt=ASKED_NOW, then=F("next_sync_at")), default=ASKED_NOW),
}


class GmailAccountQuerySet(models.QuerySet["GmailAccount"]):
    def seen_by(self, user_id: int) -> "GmailAccountQuerySet":
        """Keep the user's mailboxes; `shared` tells whether somebody else sees them, too."""
        members = self.model.users.through.objects.filter(gmailaccount_id=OuterRef("pk"))
        others = {"shared": Exists(members.exclude(user_id=user_id))}  # the model says what it is
        return self.filter(users=user_id).annotate(**others)

    def ask_sync(self) -> int:
        """Have these mailboxes read now, errors notwithstanding. Returns how many there are."""
        return self.update(**DUE_NOW, retry_at=None, budget_at=None, unsettled_reads=0)

    def ask_labels(self) -> int:
        """Have the labels of these mailboxes listed, once no back-off holds them. Returns how many there are."""
        return self.update(**DUE_NOW, labels_due=True)

    def ask_look(self) -> int:
        """Have these mailboxes ask for their own address now, unless a back-off keeps them waiting."""
        return self.update(**DUE_NOW, address_seen_at=None)

    def ask_resync(self) -> int:
        """Have every mirrored message compared with Gmail; a resync that is under way does that."""
        self.filter(resync_pin=None).update(resync_requested=True)
        return self.ask_sync()

    def wake_far(self) -> int:
        """Make due the mailboxes that sleep, wait or are claimed for longer than we ever write. Returns how many.

        The database's clock was set back. Each of the three queries reads few rows, by the index of the due times.
        """
        poll = max(settings.SYNC_POLL_SECONDS, settings.SYNC_POLL_SILENT_SECONDS)
        syncable, longest = self.filter(state__in=SYNCABLE), from_now(LONGEST_WAIT_SECONDS) + CLOCKS_DIFFER
        asleep = syncable.filter(next_sync_at__gt=from_now(poll) + CLOCKS_DIFFER)
        asleep = asleep.exclude(retry_at__gt=Now(), retry_at__lte=longest)
        overdue = syncable.filter(next_sync_at__lte=Now())
        budget = from_now(WINDOW_SECONDS) + CLOCKS_DIFFER
        waiting = overdue.filter(Q(retry_at__gt=longest) | Q(budget_at__gt=budget))
        claimed = overdue.filter(claim_expires_at__gt=from_now(CLAIM_SECONDS) + CLOCKS_DIFFER)
        # Whoever still works under such a claim renews it with its next call to Gmail, or finds its token gone.
        return (
            asleep.update(next_sync_at=Now(), retry_at=None, budget_at=None)
            + waiting.update(retry_at=None, budget_at=None)
            + claimed.update(claim_expires_at=Now())
        )

    def due(self) -> "GmailAccountQuerySet":
        """Return the mailboxes that a worker may claim, longest due first; acts do not wait for a backfill's budget."""
        return self.filter(
            Q(retry_at=None) | Q(retry_at__lte=Now()),
            Q(budget_at=None) | Q(budget_at__lte=Now()) | Q(acts_due=True),
            Q(claim_expires_at=None) | Q(claim_expires_at__lte=Now()),
            next_sync_at__lte=Now(),
            state__in=SYNCABLE,
        ).order_by("next_sync_at")


class MessageQuerySet(models.QuerySet["Message"]):
    def inbox(self) -> "MessageQuerySet":
        """Return the inbox, newest first."""
        return self.filter(in_inbox=True).order_by("-internal_date", "-pk")

    def visible_to(self, user_id: int) -> "MessageQuerySet":
        """Return the mail of the mailboxes that this user sees."""
        return self.filter(account__users=user_id)

    def sought(self) -> "MessageQuerySet":
        """Return what only a search brought into the mirror: it may go again, and nobody is told."""
        return self.filter(looked_at__isnull=False, in_inbox=False)
