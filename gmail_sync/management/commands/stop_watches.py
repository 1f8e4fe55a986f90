"""`stop_watches`: end Gmail's notifications; mailboxes are then polled until a watch is renewed by name."""

from typing import Any

from gmail_sync.claims import Claim
from gmail_sync.consent.credentials import gmail_for
from gmail_sync.management.accounts import MailboxCommand
from gmail_sync.models import GmailWatch
from gmail_sync.sync import watch


class Command(MailboxCommand):
    help = "Stop Gmail watches; the mailboxes are polled from then on."

    def handle(self, *args: Any, **options: Any) -> None:
        self.each(self.selected(options).filter(watch__isnull=False), _stop, "stopped")


def _stop(claim: Claim) -> float:
    GmailWatch.objects.filter(account=claim.account).update(wanted=False)
    with gmail_for(claim) as gmail:
        watch.stop(GmailWatch.objects.get(account=claim.account), gmail)
    return 0
