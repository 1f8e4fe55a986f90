"""Signing in with Google: a user is known by Google's `sub`, never by a name or an address."""

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
    """Tell whether SIGN_IN_ALLOWED and the OAuth client are set."""
    return bool(settings.SIGN_IN_ALLOWED and settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET)


def malformed(entries: list[str]) -> list[str]:
    """Return the entries that are neither an address nor a domain; they admit nobody."""
    return [entry for entry in entries if not (_plain(ADDRESS, entry) or _plain(DOMAIN, entry))]


def is_allowed(email: str) -> bool:
    """Tell whether SIGN_IN_ALLOWED has the address or exactly its domain, in any case of letters."""
    if not _plain(ADDRESS, email):
        return False
    address = email.lower()
    domain = address.rpartition("@")[2]
    allowed = {entry.lower() for entry in settings.SIGN_IN_ALLOWED if entry not in malformed([entry])}
    return address in allowed or domain in allowed


def user_of(identity: Identity) -> User:
    """Return the user of this Google account; make one, who is no operator, the first time.

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
    """Make a user; two first sign-ins at once get the same one."""
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
    """Return the address as a name, with a number if somebody has it in any case of letters. It attaches to nobody."""
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
