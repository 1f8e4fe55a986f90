"""Messages that broke us, or that Gmail listed and could not show: tried again, then skipped and kept on record.

An entry never holds up the rest: the cursor moves on, and the entry alone is tried with the next reads.
"""

from collections.abc import Iterable

from django.db.models import F

from gmail_sync.history import Record, Step
from gmail_sync.mail import Fetched, Trouble
from gmail_sync.models import GmailAccount, SkippedMessage

ATTEMPTS = 3  # of reads after which nothing was awaited any more: the repeated ones of a burst count for nothing


def owed(account: GmailAccount) -> Record | None:
    """The messages to try again, as one record in which they were just added."""
    ids = account.skipped_messages.filter(skipped=False).order_by("pk").values_list("gmail_id", flat=True)
    steps = tuple(Step(0, "added", gmail_id, "", frozenset()) for gmail_id in ids)
    return Record(0, steps) if steps else None


def settle(account: GmailAccount, seen: Iterable[str], fetched: Fetched, last_read: bool) -> None:
    """Keep what is still in trouble, and count the attempt if no read follows soon; forget what was had, or is gone."""
    troubles = {gmail_id: trouble for gmail_id, trouble in fetched.items() if isinstance(trouble, Trouble)}
    account.skipped_messages.filter(gmail_id__in=set(seen) - troubles.keys(), skipped=False).delete()
    for gmail_id, trouble in troubles.items():
        note(account, gmail_id, trouble.reason, counts=last_read)


def note(account: GmailAccount, gmail_id: str, reason: str, counts: bool = True) -> None:
    """Enter the message, or count another vain attempt; the third one skips it until an operator asks again."""
    entries = SkippedMessage.objects.filter(account=account, gmail_id=gmail_id)
    SkippedMessage.objects.bulk_create([SkippedMessage(account=account, gmail_id=gmail_id)], ignore_conflicts=True)
    entries.update(attempts=F("attempts") + int(counts), reason=reason)
    entries.filter(attempts__gte=ATTEMPTS).update(skipped=True)
