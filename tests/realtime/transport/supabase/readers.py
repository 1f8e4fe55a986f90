"""A listener's end of the wire: what a page makes of a message."""

import json
from base64 import b64decode, b64encode, urlsafe_b64decode
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from realtime.transport.supabase import relay


def opened(message: dict[str, Any], secret: str) -> dict[str, Any]:
    """Open a message by its topic's secret, if it is sealed. Raises InvalidTag for another's seal."""
    return opened_by(message, b64encode(relay.seal_key(secret)).decode(), relay.topic(secret))


def opened_by(message: dict[str, Any], seal: str, topic: str) -> dict[str, Any]:
    """Open a message by the seal of a ticket, if it is sealed. Raises InvalidTag for another's."""
    if "sealed" not in message:
        return message
    sealed = urlsafe_b64decode(message["sealed"] + "=" * (-len(message["sealed"]) % 4))
    plain: dict[str, Any] = json.loads(AESGCM(b64decode(seal)).decrypt(sealed[:12], sealed[12:], topic.encode()))
    return plain
