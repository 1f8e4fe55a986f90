"""`rotate_token_keys`: encrypt the stored credentials with the first of TOKEN_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from gmail_sync.exceptions import CredentialsUnreadable
from gmail_sync.fields import Sealed
from gmail_sync.models import GmailAccount

BATCH = 100  # rows that one transaction locks, for a fraction of a second


class Command(BaseCommand):
    help = (
        "Encrypt the stored credentials with the first of TOKEN_ENCRYPTION_KEYS. Safe beside running processes, to "
        "interrupt and to repeat: the other keys can go when it has nothing left to do (docs/deploy.md)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.rotated = self.current = self.last_id = 0
        self.unreadable: list[int] = []
        while self._rotate_batch():
            pass
        done = f"{self.rotated} re-encrypted, {self.current} already under the first key"
        if self.unreadable:
            ids = ", ".join(map(str, self.unreadable))
            raise CommandError(
                f"No key of TOKEN_ENCRYPTION_KEYS opens the credentials of {len(self.unreadable)} mailboxes (account "
                f"{ids}): add their key, or have their users connect them again. The others: {done}."
            )
        self.stdout.write(f"Credentials: {done}.")

    def _rotate_batch(self) -> bool:
        """Rotate the next mailboxes by id, their rows locked, so that no consent or refresh is overwritten."""
        locked = GmailAccount.objects.select_for_update(no_key=True).exclude(credentials=Sealed())
        rotated: list[GmailAccount] = []
        current, unreadable = 0, []
        with transaction.atomic():
            batch = list(locked.filter(pk__gt=self.last_id).order_by("pk").only("credentials")[:BATCH])
            for account in batch:
                if account.credentials.is_under_first_key():
                    current += 1
                    continue
                try:
                    account.credentials = account.credentials.rotated()
                    rotated.append(account)
                except CredentialsUnreadable:
                    unreadable.append(account.pk)
            GmailAccount.objects.bulk_update(rotated, ["credentials"])
        self.rotated, self.current = self.rotated + len(rotated), self.current + current
        self.unreadable += unreadable
        self.last_id = batch[-1].pk if batch else self.last_id
        return len(batch) == BATCH
