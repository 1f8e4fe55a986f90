"""Credentials at rest: a dict, encrypted with the first of TOKEN_ENCRYPTION_KEYS, readable with any of them."""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from gmail_sync.exceptions import CredentialsUnreadable


def keys() -> list[Fernet]:
    """Return the configured keys, the encrypting one first. With DEBUG and none set, derive one from SECRET_KEY."""
    configured = list(settings.TOKEN_ENCRYPTION_KEYS)
    if not configured and settings.DEBUG:
        digest = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
        configured = [base64.urlsafe_b64encode(digest).decode()]
    return [Fernet(key) for key in configured]


class Sealed:
    """Encrypted values; `open` decrypts them, and `repr` hides them."""

    def __init__(self, token: str = "") -> None:  # nosec B107  # empty is none
        self.token = token

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Sealed":
        """Encrypt a JSON-ready dict."""
        return cls(keys()[0].encrypt(json.dumps(values).encode()).decode())

    def open(self) -> dict[str, Any]:
        """Return the values. Raises CredentialsUnreadable; packaged fields would return the ciphertext instead."""
        values: dict[str, Any] = json.loads(self._opened_by(keys()))
        return values

    def is_under_first_key(self) -> bool:
        """Tell whether the first key opens it, so that the others may be removed."""
        try:
            self._opened_by(keys()[:1])
        except CredentialsUnreadable:
            return False
        return True

    def rotated(self) -> "Sealed":
        """Return the same values under the first key. Raises CredentialsUnreadable."""
        return Sealed(keys()[0].encrypt(self._opened_by(keys())).decode())

    def _opened_by(self, fernets: list[Fernet]) -> bytes:
        try:
            return MultiFernet(fernets).decrypt(self.token.encode())
        except InvalidToken:
            raise CredentialsUnreadable("no key of TOKEN_ENCRYPTION_KEYS opens the stored credentials") from None

    def __bool__(self) -> bool:
        return bool(self.token)

    def __repr__(self) -> str:
        return "<sealed>" if self.token else "<empty>"


class SealedField(models.TextField):  # type: ignore[type-arg]  # generic for mypy only
    """A column of Sealed values, each stored as a Fernet token or as an empty text."""

    def from_db_value(self, value: str, *args: object) -> Sealed:
        return Sealed(value)

    def to_python(self, value: str | Sealed) -> Sealed:
        return value if isinstance(value, Sealed) else Sealed(value)

    def get_prep_value(self, value: str | Sealed) -> str:
        return self.to_python(value).token
