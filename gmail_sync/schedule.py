"""Ask for work: set the due time in the mailbox's row, then wake the workers."""

from django.db import connection, transaction
from django.db.models import QuerySet

from gmail_sync.consent.unknown_addresses import ask_whose
from gmail_sync.models import GmailAccount, GmailWatch
from realtime.transport import installation, publish

LOCK_SECONDS = 2


def take_notification(email: str, history_id: int) -> bool:
    """Mark the mailbox as changed up to `history_id`. Returns False if nobody here has it.

    An address that nobody has may be the new one of a mailbox that somebody has.
    Raises DatabaseError, also when the row is locked for longer than 2 s: then Pub/Sub delivers again (RULES R4).
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1_000}")
    with transaction.atomic():
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        pushed = GmailAccount.objects.mark_changed(email, history_id)
    if pushed.due or (not pushed.known and ask_whose(email, history_id)):
        wake_workers()
    return pushed.known


def ask_renewal(watches: QuerySet[GmailWatch]) -> int:
    """Have these watches renewed now. Returns how many there are."""
    asked = watches.update(renew_at=None)
    GmailAccount.objects.filter(watch__in=watches).ask_sync()
    if asked:
        wake_workers()
    return asked


def wake_workers() -> None:
    """Have a worker look at the due rows now; it would look within a second anyway."""
    publish.send_soon(installation.group("workers"), {"type": "worker.wake"})
