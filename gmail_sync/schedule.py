"""Ask for work: set the due time in the mailbox's row, then wake the workers."""

from collections import Counter
from collections.abc import Collection, Mapping

from django.db import connection, transaction
from django.db.models import QuerySet

from gmail_sync.announced import Announced, note
from gmail_sync.consent.unknown_addresses import ask_whose
from gmail_sync.models import GmailAccount, GmailWatch
from realtime.transport import installation, publish

LOCK_SECONDS = 2
_LOCK_TIMEOUT = {
    "sqlite": f"PRAGMA busy_timeout = {LOCK_SECONDS * 1_000}",  # outside a transaction
    "postgresql": f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'",  # within it
}

Push = tuple[str, int]  # a mailbox's address, and the historyId up to which it has changed


def take_notification(email: str, history_id: int) -> bool:
    """Mark the mailbox as changed up to `history_id`. Returns False if nobody here has it.

    Raises DatabaseError, also when the row is locked for longer than 2 s: then Pub/Sub delivers again (RULES R4).
    """
    return take_notifications([(email, history_id)], patient=True)[email, history_id]


def take_notifications(pushes: Collection[Push], patient: bool = False) -> dict[Push, bool]:
    """Mark mailboxes as changed in one transaction. Returns for each push whether somebody here has the mailbox.

    A mailbox whose row is locked is left out, where the database can tell; `patient` waits for it up to 2 s.
    An address that nobody has may be the new one of a mailbox that somebody has.
    Raises DatabaseError.
    """
    newest: dict[str, int] = {}
    for email, history_id in pushes:
        newest[email] = max(history_id, newest.get(email, 0))
    times = Counter(email for email, _ in pushes)
    announced = {email: Announced(history_id, times[email]) for email, history_id in newest.items()}
    _set_lock_timeout("sqlite")
    due = _note_patiently(announced) if patient else note(announced, skip_locked=True)
    missing = newest.keys() - due.keys()
    held = set() if patient else _known(missing)
    asked = [ask_whose(email, newest[email]) for email in missing - held]
    if any(asked) or any(due.values()):
        wake_workers()
    return {push: push[0] in due for push in pushes if push[0] not in held}


def _note_patiently(announced: Mapping[str, Announced]) -> dict[str, bool]:
    with transaction.atomic():
        _set_lock_timeout("postgresql")
        return note(announced)


def _known(emails: Collection[str]) -> set[str]:
    return set(GmailAccount.objects.filter(email__in=emails).values_list("email", flat=True)) if emails else set()


def _set_lock_timeout(vendor: str) -> None:
    if connection.vendor == vendor:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_TIMEOUT[vendor])


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
