"""`renew_watches`: renew watches by cron or by hand; the worker does so by itself."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db.models import F, Q
from django.db.models.functions import Now

from gmail_sync.claims import Claim
from gmail_sync.consent import renaming
from gmail_sync.consent.credentials import gmail_for
from gmail_sync.management.accounts import MailboxCommand
from gmail_sync.models import GmailWatch
from gmail_sync.states import LATEST_RENEWAL
from gmail_sync.sync import watch


class Command(MailboxCommand):
    help = "Renew the Gmail watches that are due, earliest expiry first."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="also those that are not due yet")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.GMAIL_PUBSUB_TOPIC:
            raise CommandError("GMAIL_PUBSUB_TOPIC is not set: there is nothing that Gmail could notify.")
        accounts = self.selected(options)
        if not options["account"]:  # by its name, a watch is renewed though it was stopped
            accounts = accounts.exclude(watch__wanted=False)
            if not options["all"]:
                due = Q(watch=None) | Q(watch__renew_at=None) | Q(watch__renew_at__lte=Now())
                accounts = accounts.filter(due | Q(watch__renew_at__gt=Now() + LATEST_RENEWAL))
        self.each(accounts.order_by(F("watch__expires_at").asc(nulls_first=True)), _renew, "renewed")


def _renew(claim: Claim) -> float:
    row, _ = GmailWatch.objects.update_or_create(account=claim.account, defaults={"wanted": True})
    with gmail_for(claim) as gmail:
        watch.renew(claim.account, row, claim.clock, gmail)
        renaming.look_with_renewal(claim, gmail)
    return 0
