"""Mail that a client brings: from the base64url of messages.insert, import and send to a content."""

import binascii
from base64 import urlsafe_b64decode

from simulator.errors import GoogleError
from simulator.mailbox.message import Content
from simulator.mailbox.parts import content_of


def parse_raw(raw: str) -> Content:
    """Return the content of an RFC 5322 mail; a 400 when there is none."""
    try:
        octets = urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        raise GoogleError(400, "invalidArgument", "Invalid value for ByteString") from None
    if not octets.strip():
        raise GoogleError(400, "invalidArgument", "'raw' RFC822 payload message string or uploading message required")
    return content_of(octets)
