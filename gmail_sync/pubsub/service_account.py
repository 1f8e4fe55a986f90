"""The service account of GOOGLE_APPLICATION_CREDENTIALS: a JSON file's name, or the JSON itself.

No exception quotes the value: it may be the private key.
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account

from gmail_sync.exceptions import PubSubUnavailable

SETTING = "GOOGLE_APPLICATION_CREDENTIALS"
FIELDS = ("client_email", "token_uri", "private_key")
LONGEST_BYTES = 100_000


def credentials(scope: str) -> Any:
    """Return the credentials that sign our calls to Pub/Sub. Raises PubSubUnavailable."""
    key = _key(_document(settings.GOOGLE_APPLICATION_CREDENTIALS.strip()))
    try:
        return service_account.Credentials.from_service_account_info(key, scopes=[scope])
    except (ValueError, TypeError, GoogleAuthError):
        raise PubSubUnavailable(f"the private_key in {SETTING} is not a PEM key: download it again.") from None


def _document(value: str) -> str:
    """Return the JSON, without the quotes that a shell or a form has left around it."""
    if value[:1] in ("'", '"') and value[-1:] == value[:1] and value[1:].lstrip().startswith("{"):
        value = value[1:-1]
    if value.startswith(("{", "[")) or "-----BEGIN" in value:
        return value
    try:
        with Path(value).expanduser().open("rb") as file:
            return file.read(LONGEST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PubSubUnavailable(f"the file of {SETTING} is not a text: it must be a service account's JSON.") from None
    except OSError as error:
        raise PubSubUnavailable(
            f"the file of {SETTING} cannot be read ({error.strerror}); it may also be the JSON itself."
        ) from None
    except (ValueError, RuntimeError):  # a NUL in a name; `~` of nobody
        raise PubSubUnavailable(f"{SETTING} is neither a file nor JSON.") from None


def _key(document: str) -> dict[str, Any]:
    try:
        key = json.loads(document, strict=False)  # as it comes through forms: with real line breaks in the key
    except (ValueError, RecursionError):
        raise PubSubUnavailable(f"{SETTING} is not whole JSON: put all of it there, or the name of its file.") from None
    if not isinstance(key, dict) or key.get("type") != "service_account":
        raise PubSubUnavailable(f"{SETTING} is not a service account's key: its type must be service_account.")
    missing = [name for name in FIELDS if not isinstance(key.get(name), str) or not key[name].strip()]
    if missing:
        raise PubSubUnavailable(f"{SETTING} has no {', '.join(missing)}: download the key again.")
    return {**key, "private_key": key["private_key"].replace("\\n", "\n")}
