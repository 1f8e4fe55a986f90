"""`connect_demo`: the demo's user with a connected mailbox, by the same consent that a browser would give."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gmail_sync import membership, oauth
from gmail_sync.exceptions import ConsentFailed
from gmail_sync.models import GmailAccount

REDIRECT_URI = "http://localhost/accounts/callback/"


class Command(BaseCommand):
    help = "Make the user demo/demo and connect the simulator's mailbox to it. Only against a simulator on loopback."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default="demo@finito.example", help="the simulator's mailbox (%(default)s)")
        parser.add_argument("--end", action="store_true", help="switch the user off, since the demo is over")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["end"]:
            self._end(options["email"])
            return
        if urlsplit(settings.GOOGLE_AUTH_URL).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise CommandError("GOOGLE_AUTH_URL is not a simulator on loopback; there is no demo with real Google.")
        user, created = User.objects.get_or_create(username="demo")
        if created:
            user.set_password("demo")
        user.is_active = True
        user.save()
        if GmailAccount.objects.filter(email=options["email"], users=user, state__in=["syncing", "connected"]):
            self.stdout.write(f"demo already sees {options['email']}.")
            return
        asked = oauth.authorization_request(REDIRECT_URI)
        form = dict(httpx.QueryParams(urlsplit(asked.url).query)) | {
            "email": options["email"],
            "decision": "allow",
        }
        try:
            answer = httpx.post(settings.GOOGLE_AUTH_URL, data=form, timeout=10)
            code = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code")
            if not code:
                raise CommandError(f"The simulator gave no consent (status {answer.status_code}).")
            membership.join(user.pk, oauth.exchange(code[0], asked.code_verifier, REDIRECT_URI))
        except (httpx.HTTPError, ConsentFailed) as error:
            raise CommandError(f"The simulator gave no consent: {error}") from error
        self.stdout.write(f"demo sees {options['email']}.")

    def _end(self, email: str) -> None:
        """A password that everybody knows must not stay when the database serves real mailboxes."""
        user = User.objects.filter(username="demo", gmail_accounts__email=email).first()
        if user is not None and user.check_password("demo"):
            user.is_active = False
            user.save()
            self.stdout.write("demo cannot sign in any more.")
            return
        self.stdout.write("There is no demo to end.")
