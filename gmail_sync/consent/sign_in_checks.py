"""System checks of signing in with Google, and of new passwords by mail."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from gmail_sync.consent import sign_in


@register("gmail_sync")
def sign_in_allowed_can_be_read(**kwargs: Any) -> list[CheckMessage]:
    """Refuse an entry that is neither an address nor a domain; nobody guesses at its meaning."""
    count = len(sign_in.malformed(settings.SIGN_IN_ALLOWED))
    if count:
        return [
            Error(
                f"SIGN_IN_ALLOWED: {count} of {len(settings.SIGN_IN_ALLOWED)} entries are neither an address nor a "
                "domain.",
                hint="Write ann@x.example or example.org, separated by commas, without @, * or . before a domain; "
                "domains with other letters as xn--...",
                id="finito.E040",
            )
        ]
    if settings.SIGN_IN_ALLOWED and not sign_in.is_offered():
        return [
            Warning(
                "SIGN_IN_ALLOWED is set, but GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET is not: nobody can sign in with "
                "Google.",
                hint="Make an OAuth client of type web in the Google Cloud console.",
                id="finito.W040",
            )
        ]
    return []


@register("gmail_sync")
def mail_can_be_sent(**kwargs: Any) -> list[CheckMessage]:
    """Require a mail server and a sender, or neither."""
    if not getattr(settings, "EMAIL_URL_READABLE", True):
        return [
            Error(
                "EMAIL_URL is not the address of a mail server.",
                hint="Write smtp+tls://USER:PASSWORD@HOST:587 or smtp+ssl://...:465, with @ in a name or password as "
                "%40.",
                id="finito.E041",
            )
        ]
    if settings.EMAIL_URL and "@" not in settings.DEFAULT_FROM_EMAIL:
        return [
            Error(
                "EMAIL_URL is set, but DEFAULT_FROM_EMAIL is not an address.",
                hint="Set DEFAULT_FROM_EMAIL to an address that the mail server may send from.",
                id="finito.E042",
            )
        ]
    return []
