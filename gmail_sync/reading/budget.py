"""The readers' share of Gmail's units: 1,200 a minute and mailbox, 60 openings, so that no reader stops the sync.

The worker that holds the claim is the only one to write `quota_spent`; what people read is in `reads_spent`, which any
web writes by compare-and-set. Each counts the other's units, so that together they stay below Gmail's limit: while a
mailbox is being filled, readers have the 400 units that its batches leave (docs/adr/0010, 0035).
"""

from django.db import transaction
from django.db.models.functions import Now

from gmail_sync.exceptions import QuotaSpent
from gmail_sync.models import GmailAccount
from gmail_sync.quota import LIMIT_UNITS, READERS_LIMIT_UNITS, Spending

TRIES = 20  # against others who read the same mailbox at the same moment


def spend(account_id: int, units: float, limit: float = READERS_LIMIT_UNITS) -> None:
    """Take the units. Raises QuotaSpent with the seconds to wait if the minute's share, or `limit`, is used up."""
    for _ in range(TRIES):
        rows = GmailAccount.objects.filter(pk=account_id)
        row = rows.annotate(now=Now()).values_list("reads_spent", "quota_spent", "now").first()
        if row is None:
            return  # the mailbox has just gone; the call will say so
        stored, by_the_sync, now = row
        spending = Spending.of(stored)
        together = spending.with_others(by_the_sync)
        seconds = max(spending.wait_seconds(units, now, limit), together.wait_seconds(units, now, LIMIT_UNITS))
        if seconds:
            raise QuotaSpent(seconds)
        with transaction.atomic():
            if rows.filter(reads_spent=stored).update(reads_spent=spending.after(units, now).in_a_minute(now)):
                return
    raise QuotaSpent(1.0)  # so many at once are many readers, too
