"""`connect_demo`: make the demo's user and connect mailboxes, by the same consent that a browser would give."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gmail_sync.consent import google, membership
from gmail_sync.exceptions import ConsentFailed
from gmail_sync.models import GmailAccount

REDIRECT_URI = "http://localhost/accounts/callback/"


class Command(BaseCommand):
    help = "Make the user demo/demo and connect the simulator's mailboxes to it. Only against a simulator on loopback."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", action="append", help="a mailbox of the simulator's; repeatable; default: all")
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
        try:
            for email in options["email"] or _mailboxes():
                self._connect(user, email)
        except (httpx.HTTPError, ConsentFailed) as error:
            raise CommandError(f"The simulator gave no consent: {error}") from error

    def _connect(self, user: User, email: str) -> None:
        if GmailAccount.objects.filter(email=email, users=user, can_act=True, state__in=["syncing", "connected"]):
            self.stdout.write(f"demo already sees {email}.")
            return
        asked = google.authorization_request(REDIRECT_URI, act=True)
        form = dict(httpx.QueryParams(urlsplit(asked.url).query)) | {"email": email, "decision": "allow"}
        answer = httpx.post(settings.GOOGLE_AUTH_URL, data=form, timeout=10)
        code = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code")
        if not code:
            raise CommandError(f"The simulator gave no consent (status {answer.status_code}).")
        membership.join(user.pk, google.exchange(code[0], asked.code_verifier, REDIRECT_URI))
        self.stdout.write(f"demo sees {email}.")

    def _end(self, emails: list[str] | None) -> None:
        """Disable the demo's user: everybody knows its password, and the database serves real mailboxes now."""
        demo = User.objects.filter(username="demo")
        if emails:
            demo = demo.filter(gmail_accounts__email__in=emails)
        user = demo.first()
        if user is not None and user.is_active and user.check_password("demo"):
            user.is_active = False
            user.save()
            self.stdout.write("demo cannot sign in any more.")
            return
        self.stdout.write("There is no demo to end.")


def _mailboxes() -> list[str]:
    """Return the addresses of the simulator's mailboxes. Raises httpx.HTTPError."""
    answer = httpx.get(urlsplit(settings.GOOGLE_AUTH_URL)._replace(path="/sim/mailboxes").geturl(), timeout=10)
    return [mailbox["email"] for mailbox in answer.raise_for_status().json()["mailboxes"]]
