"""A push from Google Pub/Sub: is the sender ours, and which mailbox changed up to where?

Envelope: https://cloud.google.com/pubsub/docs/push · content: https://developers.google.com/gmail/api/guides/push
Facts: docs/gmail.md, 'The push'.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from gmail_sync.exceptions import PushRefused, PushUnreadable
from gmail_sync.push import tokens

HISTORY_ID_LIMIT = 2**63  # the column is a signed 64-bit integer; real ids are far below


@dataclass(frozen=True)
class Notification:
    """`email` (lower case) has changed, up to `history_id`."""

    email: str
    history_id: int
    published_at: datetime | None


async def verify_sender(authorization: str, query_token: str = "") -> None:
    """Raise PushRefused unless the push is signed by our service account for our audience (or carries the legacy
    shared token), and CertsUnavailable if the keys to check it are out of reach."""
    if settings.PUBSUB_PUSH_TOKEN and secrets.compare_digest(query_token.encode(), settings.PUBSUB_PUSH_TOKEN.encode()):
        return
    if not (settings.PUBSUB_PUSH_AUDIENCE and settings.PUBSUB_PUSH_SERVICE_ACCOUNT):
        raise PushRefused("push is not configured")
    scheme, _, rest = authorization.partition(" ")
    token = rest.strip()
    if scheme.lower() != "bearer" or not token:
        raise PushRefused("no bearer token")
    await tokens.verify(token, (settings.PUBSUB_PUSH_AUDIENCE, settings.PUBSUB_PUSH_SERVICE_ACCOUNT))


def parse_push(body: bytes) -> Notification:
    """Read the wrapped envelope. Raises PushUnreadable, whatever the bytes are."""
    try:
        envelope = json.loads(body)
        message = envelope["message"]
        return parse_message(message)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PushUnreadable(type(error).__name__) from error


def parse_message(message: dict[str, Any]) -> Notification:
    """Read one Pub/Sub message, pushed or pulled. Raises PushUnreadable."""
    try:
        content = json.loads(_decode(message["data"]))
        email, history_id = content["emailAddress"], _history_id(content["historyId"])
        if not isinstance(email, str) or not email.isprintable() or not 3 <= len(email) <= 254:
            raise PushUnreadable("no address")
        return Notification(email.lower(), history_id, _time(message))
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        raise PushUnreadable(type(error).__name__) from error


def _decode(text: str) -> bytes:
    """Decode base64, standard or URL-safe, padded or not."""
    standard = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except binascii.Error as error:
        raise PushUnreadable("not base64") from error


def _history_id(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    if type(value) is not int or not 1 <= value < HISTORY_ID_LIMIT:
        raise PushUnreadable("no usable historyId")
    return value


def _time(message: dict[str, Any]) -> datetime | None:
    text = message.get("publishTime") or message.get("publish_time")
    try:
        parsed = datetime.fromisoformat(str(text))
    except (TypeError, ValueError):
        return None
    return parsed if parsed.tzinfo else None
