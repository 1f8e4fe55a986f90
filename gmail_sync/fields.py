"""Credentials at rest: a dict, encrypted with the first of TOKEN_ENCRYPTION_KEYS, readable with any of them."""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from gmail_sync.exceptions import CredentialsUnreadable


def keys() -> MultiFernet:
    """The configured keys. With DEBUG and none set, one is derived from SECRET_KEY."""
    configured = list(settings.TOKEN_ENCRYPTION_KEYS)
    if not configured and settings.DEBUG:
        digest = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
        configured = [base64.urlsafe_b64encode(digest).decode()]
    return MultiFernet([Fernet(key) for key in configured])


class Sealed:
    """Encrypted values: opened only where they are needed, and never printed."""

    def __init__(self, token: str = "") -> None:
        self.token = token

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Sealed":
        """Encrypt a JSON-ready dict."""
        return cls(keys().encrypt(json.dumps(values).encode()).decode())

    def open(self) -> dict[str, Any]:
        """The values. Raises CredentialsUnreadable where a packaged field would hand out the ciphertext."""
        try:
            values: dict[str, Any] = json.loads(keys().decrypt(self.token.encode()))
        except InvalidToken:
            raise CredentialsUnreadable("no key of TOKEN_ENCRYPTION_KEYS opens the stored credentials") from None
        return values

    def __bool__(self) -> bool:
        return bool(self.token)

    def __repr__(self) -> str:
        return "<sealed>" if self.token else "<empty>"


class SealedField(models.TextField):  # type: ignore[type-arg]  # generic for mypy only
    """A column of Sealed values; what is in the database is a Fernet token, or empty."""

    def from_db_value(self, value: str, *args: object) -> Sealed:
        return Sealed(value)

    def to_python(self, value: str | Sealed) -> Sealed:
        return value if isinstance(value, Sealed) else Sealed(value)

    def get_prep_value(self, value: str | Sealed) -> str:
        return self.to_python(value).token
