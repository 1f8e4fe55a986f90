"""Mail that a client brings: from the base64url of messages.insert, import and send to a content."""

import binascii
from base64 import urlsafe_b64decode
from email import message_from_bytes, policy
from email.message import EmailMessage

from simulator.errors import GoogleError
from simulator.mailbox.message import Content


def parse_raw(raw: str) -> Content:
    """Return the content of an RFC 5322 mail; a 400 when there is none."""
    try:
        octets = urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        raise GoogleError(400, "invalidArgument", "Invalid value for ByteString") from None
    if not octets.strip():
        raise GoogleError(400, "invalidArgument", "'raw' RFC822 payload message string or uploading message required")
    # compat32 keeps the header values as they stand in the mail; the default policy reads bodies.
    headers = tuple((name, "".join(str(value).splitlines())) for name, value in message_from_bytes(octets).items())
    parsed = message_from_bytes(octets, policy=policy.default)
    return Content(headers, _body(parsed, "plain"), _body(parsed, "html"))


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
