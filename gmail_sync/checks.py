"""System checks of the settings around Google: an operator's mistakes, each with its mend."""

import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
REPLACEABLE = [
    "GOOGLE_AUTH_URL",
    "GOOGLE_TOKEN_URL",
    "GOOGLE_REVOKE_URL",
    "GOOGLE_USERINFO_URL",
    "GMAIL_API_ROOT",
    "PUBSUB_CERTS_URL",
    "PUBSUB_API_ROOT",
]


@register("gmail_sync")
def required_settings_are_there(**kwargs: Any) -> list[CheckMessage]:
    """Require SECRET_KEY and TOKEN_ENCRYPTION_KEYS, which have no default outside DEBUG."""
    hints = {
        "SECRET_KEY": ("finito.E001", "Set it to a long random text that stays the same."),
        "TOKEN_ENCRYPTION_KEYS": (
            "finito.E002",
            'Set it to the output of: python3 -c "import base64, os; '
            'print(base64.urlsafe_b64encode(os.urandom(32)).decode())"',
        ),
    }
    return [Error(f"{name} is not set.", hint=hints[name][1], id=hints[name][0]) for name in settings.MISSING_SETTINGS]


@register("gmail_sync")
def numbers_are_numbers(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a malformed number, rather than use its default in silence."""
    hint = "docs/settings.md lists the defaults."
    said = "is not a number that can be used"
    return [Error(f"{name} {said}.", hint=hint, id="finito.E009") for name in settings.UNREADABLE_SETTINGS]


@register("gmail_sync")
def values_can_be_read(**kwargs: Any) -> list[CheckMessage]:
    """Refuse malformed values by their name only: a value may be a secret."""
    refused = [f"{name} {wrong}." for name, wrong in settings.REFUSED_SETTINGS.items()]
    values = [Error(said, hint="docs/settings.md says what it means.", id="finito.E020") for said in refused]
    hint = "Mend the line; a `#` begins a comment only after a blank."
    return [*values, *(Error(fault, hint=hint, id="finito.E021") for fault in settings.ENV_FILE_FAULTS)]


@register("gmail_sync")
def token_keys_are_keys(**kwargs: Any) -> list[CheckMessage]:
    """Require a Fernet key in each of TOKEN_ENCRYPTION_KEYS."""
    for position, key in enumerate(settings.TOKEN_ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except (ValueError, TypeError):
            return [
                Error(
                    f"TOKEN_ENCRYPTION_KEYS: key {position} is not a Fernet key.",
                    hint="A Fernet key is 32 random bytes in URL-safe base64; separate several by commas.",
                    id="finito.E006",
                )
            ]
    return []


@register("gmail_sync")
def google_addresses_are_safe(**kwargs: Any) -> list[CheckMessage]:
    """Refuse plain http except on loopback: tokens travel to these addresses."""
    errors: list[CheckMessage] = []
    for name in REPLACEABLE:
        if not _is_safe(getattr(settings, name)):
            errors.append(
                Error(
                    f"{name} must begin with https://, or with http:// and a loopback address.",
                    hint=f"Remove {name} to use Google's own address.",
                    id="finito.E007",
                )
            )
    return errors


def _is_safe(address: str) -> bool:
    try:
        url = urlsplit(address)
        if url.port == 0 or re.search(r"\s", address):
            return False
    except ValueError:  # also for a port that is none
        return False
    return bool(url.hostname) and (url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK))


@register("gmail_sync")
def google_is_configured(**kwargs: Any) -> list[CheckMessage]:
    """Warn without an OAuth client, or without push, where mailboxes are only polled."""
    if not (settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET):
        return [
            Warning(
                "GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET is not set: no mailbox can be connected.",
                hint="Make an OAuth client of type web in the Google Cloud console.",
                id="finito.W001",
            )
        ]
    push = ["GMAIL_PUBSUB_TOPIC", "PUBSUB_PUSH_AUDIENCE", "PUBSUB_PUSH_SERVICE_ACCOUNT"]
    missing = [name for name in push if not getattr(settings, name)]
    if missing and not settings.PUBSUB_PUSH_TOKEN and not settings.PUBSUB_SUBSCRIPTION:
        return [
            Warning(
                f"{', '.join(missing)} not set: no push is taken, mailboxes are polled every "
                f"{settings.SYNC_POLL_SILENT_SECONDS:g} s.",
                hint="README.md, 'Connect your Google project', says how to make topic and subscription.",
                id="finito.W002",
            )
        ]
    return []


@register("gmail_sync")
def topic_and_subscription_are_named_in_full(**kwargs: Any) -> list[CheckMessage]:
    """Require full names, as Gmail and Pub/Sub do."""
    return [
        Error(
            f"{name} must look like projects/PROJECT/{kind}/NAME.",
            hint="Copy the full name from the Google Cloud console.",
            id="finito.E008",
        )
        for name, kind in (("GMAIL_PUBSUB_TOPIC", "topics"), ("PUBSUB_SUBSCRIPTION", "subscriptions"))
        if (value := getattr(settings, name)) and not re.fullmatch(rf"projects/[^/\s]+/{kind}/[^/\s]+", value)
    ]
