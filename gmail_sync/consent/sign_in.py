"""Who may sign in with Google, and as which user: by `sub`, never by a name or an address."""

import re

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from gmail_sync.consent.google import Identity
from gmail_sync.exceptions import ConsentFailed
from gmail_sync.models.people import GoogleIdentity

logger = structlog.get_logger(__name__)

NAME_LIMIT = 140  # of 150, for a number behind it
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"({_LABEL}\.)+{_LABEL}")
ADDRESS = re.compile(rf"[^\s@]{{1,64}}@({_LABEL}\.)+{_LABEL}")


def is_offered() -> bool:
    """Whether strangers may come in this way."""
    return bool(settings.SIGN_IN_ALLOWED and settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET)


def malformed(entries: list[str]) -> list[str]:
    """The entries that are neither an address nor a domain; they admit nobody."""
    return [entry for entry in entries if not (_plain(ADDRESS, entry) or _plain(DOMAIN, entry))]


def is_allowed(email: str) -> bool:
    """Whether the address, or its domain, is in SIGN_IN_ALLOWED, letter by letter but for case."""
    if not _plain(ADDRESS, email):
        return False
    address = email.lower()
    domain = address.rpartition("@")[2]
    allowed = {entry.lower() for entry in settings.SIGN_IN_ALLOWED if entry not in malformed([entry])}
    return address in allowed or domain in allowed


def user_of(identity: Identity) -> User:
    """The user whom this Google account signs in as; the first time one is made, who is no operator.

    Raises ConsentFailed.
    """
    if not identity.email_verified:
        raise ConsentFailed("Google has not verified the address of this account, so nobody was signed in.")
    if not is_allowed(identity.email):
        raise ConsentFailed("This Google account may not sign in here; choose another one, or ask your operator.")
    user = _known(identity.sub) or _made(identity)
    if not user.is_active:
        raise ConsentFailed("This account is switched off; ask your operator.")
    return user


def _plain(pattern: re.Pattern[str], text: str) -> bool:
    # Before lower(): it makes an ASCII letter of some others (KELVIN SIGN).
    return text.isascii() and pattern.fullmatch(text.lower()) is not None


def _known(sub: str) -> User | None:
    identity = GoogleIdentity.objects.filter(sub=sub).first()
    return User.objects.filter(pk=identity.user_id).first() if identity is not None else None


def _made(identity: Identity) -> User:
    """A new user; of two first sign-ins at once, both get the same one."""
    for _ in range(5):
        try:
            with transaction.atomic():
                GoogleIdentity.objects.filter(sub=identity.sub).exclude(user__in=User.objects.all()).delete()
                user = User.objects.create_user(_free_name(identity.email), identity.email.lower())
                GoogleIdentity.objects.create(user=user, sub=identity.sub)
        except IntegrityError:  # somebody took the name, or this very account came in, meanwhile
            if known := _known(identity.sub):
                return known
            continue
        logger.info("user.made", user=user.pk)
        return user
    raise ConsentFailed("Too many sign in at this moment; please try again.")


def _free_name(email: str) -> str:
    """The address if nobody is called so, in whatever case; else with a number. It attaches to nobody."""
    name = email.lower()[:NAME_LIMIT]
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        name = re.sub(r"[^\w.@+-]", "-", name, flags=re.ASCII)
    free, number = name, 1
    while User.objects.filter(username__iexact=free).exists():
        number += 1
        free = f"{name}-{number}"
    return free
