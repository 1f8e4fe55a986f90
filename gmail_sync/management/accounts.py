"""The base of the mailbox commands: choose mailboxes, do one piece of work under each one's claim, count them."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from gmail_sync.claims import Claim, claim_account
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import GmailAccountQuerySet
from gmail_sync.states import SYNCABLE, SyncResult
from gmail_sync.sync.attempt import Outcome, run_claimed
from realtime import totals

WAIT_SECONDS = 30  # longer than a claim: by then it was given back or has expired


class MailboxCommand(BaseCommand):
    """A command over some or all mailboxes; `--account EMAIL` names one."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", metavar="EMAIL", help="only this mailbox")

    def selected(self, options: dict[str, Any]) -> GmailAccountQuerySet:
        """Return the mailboxes that the options name. Raises CommandError for an address that is not connected."""
        accounts = GmailAccount.objects.filter(state__in=SYNCABLE)
        if options["account"] is None:
            return accounts
        mailbox = GmailAccount.objects.filter(email=options["account"].lower())
        if not mailbox:
            raise CommandError(f"{options['account']} is not a connected mailbox.")
        if not accounts.filter(pk__in=mailbox):
            raise CommandError(f"{options['account']} needs consent again: its user must connect it.")
        return accounts.filter(pk__in=mailbox)

    def each(self, accounts: GmailAccountQuerySet, work: Callable[[Claim], float], done: str) -> None:
        """Do the work for each mailbox, then say for how many. Raises CommandError (exit 1) if one failed."""
        failures = []
        total = 0
        for account_id, email in list(accounts.values_list("pk", "email")):
            total += 1
            outcome: Outcome | None = Outcome(SyncResult.UNFINISHED)
            while outcome is not None and outcome.result == SyncResult.UNFINISHED:
                claim = self._claim(account_id)
                outcome = None if claim is None else run_claimed(claim, work)
            if outcome is None or outcome.result != SyncResult.OK:
                failures.append(f"{email} ({outcome or 'a worker keeps it busy'})")
        if failures:
            raise CommandError(f"{len(failures)} of {total} mailboxes failed: {', '.join(failures)}")
        self.stdout.write(f"{total} {'mailbox' if total == 1 else 'mailboxes'} {done}.")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it; what it has counted comes to the metrics page."""
        try:
            return super().execute(*args, **options)
        finally:
            with suppress(DatabaseError):
                totals.own.write(ended=True)

    def _claim(self, account_id: int) -> Claim | None:
        give_up_at = time.monotonic() + WAIT_SECONDS
        while (claim := claim_account(account_id)) is None and time.monotonic() < give_up_at:
            time.sleep(0.2)
        return claim
