"""`sync_accounts`: bring mailboxes up to date now, in this process."""

from typing import Any

from django.core.management.base import CommandParser

from gmail_sync import resync
from gmail_sync.claims import Claim
from gmail_sync.credentials import opened
from gmail_sync.management.mailboxes import MailboxCommand
from gmail_sync.sync import sync_account


class Command(MailboxCommand):
    help = "Read what changed in the mailboxes now."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--full", action="store_true", help="compare every mirrored message with Gmail")

    def handle(self, *args: Any, **options: Any) -> None:
        self.each(self.selected(options), _full if options["full"] else sync_account, "synced")


def _full(claim: Claim) -> float:
    if claim.account.mirrored:
        with opened(claim) as gmail:
            resync.resync(claim, gmail)
    return sync_account(claim)
