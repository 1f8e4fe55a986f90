"""`sync_accounts`: bring mailboxes up to date now, in this process."""

from typing import Any

from django.core.management.base import CommandParser

from gmail_sync.management.accounts import MailboxCommand
from gmail_sync.sync.account import sync_account


class Command(MailboxCommand):
    help = "Read what changed in the mailboxes now."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--full", action="store_true", help="compare every mirrored message with Gmail")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = self.selected(options)
        if options["full"]:
            accounts.filter(mirrored=True, resync_pin=None).update(resync_requested=True)
        self.each(accounts, sync_account, "synced")
