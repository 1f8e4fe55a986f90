"""The readers' share of Gmail's units: 1,200 a minute and mailbox, 60 openings, so that no reader stops the sync.

The worker that holds the claim is the only one to write `quota_spent`; what people read is in `reads_spent`, which any
web writes under the account's lock. Each counts the other's units, so that they stay below Gmail's limit. Readers
leave 200 to small calls, whatever batches have taken; batches leave readers their share from the first opening on, and
what they took of that minute before is missing until it is over (docs/adr/0010, 0046).
"""

from django.db import transaction
from django.db.models.functions import Now

from gmail_sync.exceptions import QuotaSpent
from gmail_sync.models import GmailAccount
from gmail_sync.quota import LIMIT_UNITS, READERS_LIMIT_UNITS, SYNCS_OWN_UNITS, Spending


def spend(account_id: int, units: float, limit: float = READERS_LIMIT_UNITS) -> None:
    """Take the units. Raises QuotaSpent with the seconds to wait if the minute's share, or `limit`, is used up."""
    with transaction.atomic():
        rows = GmailAccount.objects.select_for_update(no_key=True).filter(pk=account_id)
        row = rows.annotate(now=Now()).values_list("reads_spent", "quota_spent", "now").first()
        if row is None:
            return  # the mailbox has just gone; the call will say so
        stored, by_the_sync, now = row
        spending = Spending.of(stored)
        together = spending.with_others(by_the_sync)
        left_by_all = together.wait_seconds(units, now, LIMIT_UNITS - SYNCS_OWN_UNITS)
        if seconds := max(spending.wait_seconds(units, now, limit), left_by_all):
            raise QuotaSpent(seconds)
        rows.update(reads_spent=spending.after(units, now).in_a_minute(now))
