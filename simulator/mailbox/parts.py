"""A mail's MIME tree as Gmail numbers it. It knows no HTTP.

Gmail numbers the parts of a multipart from 0 and joins the levels by dots; a mail without parts has no number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from simulator.mailbox.message import Content

LARGE_TEXT_BYTES = 256_000  # of a text: larger ones are fetched by an attachment id


@dataclass(frozen=True)
class Part:
    """One part; `octets` is None for what only holds others. Texts are in UTF-8, whatever their header says."""

    part_id: str
    mime_type: str
    filename: str
    headers: tuple[tuple[str, str], ...]
    octets: bytes | None
    parts: tuple["Part", ...] = ()

    @property
    def is_attached(self) -> bool:
        """Tell whether its octets are left out of the message and have an attachment id."""
        if self.octets is None:
            return False
        is_text = self.mime_type.startswith("text/") and not self.filename
        return not is_text or len(self.octets) > LARGE_TEXT_BYTES

    def walk(self) -> Iterator["Part"]:
        """Yield the part and all that it holds."""
        yield self
        for part in self.parts:
            yield from part.walk()


def content_of(octets: bytes) -> Content:
    """Return the content of an RFC 5322 mail, which is kept as it came."""
    # compat32 keeps the header values as they stand in the mail; the default policy reads bodies.
    headers = tuple((name, "".join(str(value).splitlines())) for name, value in message_from_bytes(octets).items())
    parsed = message_from_bytes(octets, policy=policy.default)
    return Content(headers, _body(parsed, "plain"), _body(parsed, "html"), octets.decode("latin-1"))


def tree_of(content: Content) -> Part:
    """Return the parts of a mail that came as octets; its own headers are left out."""
    return _part(message_from_bytes(content.raw.encode("latin-1")), "")


def _body(parsed: EmailMessage, kind: str) -> str:
    try:
        part = parsed.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError, AttributeError, TypeError):
        return ""  # an unknown charset, or no mail at all


def _part(mail: Message, part_id: str) -> Part:
    mime_type = mail.get_content_type()
    headers = tuple((name, "".join(str(value).splitlines())) for name, value in mail.items()) if part_id else ()
    held = [part for part in mail.get_payload() if isinstance(part, Message)] if mail.is_multipart() else []
    if mime_type == "message/rfc822":
        octets: bytes | None = held[0].as_bytes() if held else b""
        held = held[0].get_payload() if held and held[0].is_multipart() else []  # type: ignore[assignment]
    else:
        octets = None if mime_type.startswith("multipart/") else _octets(mail, mime_type)
    begin = f"{part_id}." if part_id else ""
    parts = tuple(_part(part, f"{begin}{number}") for number, part in enumerate(held))
    return Part(part_id, mime_type, _filename(mail), headers, octets, parts)


def _filename(mail: Message) -> str:
    try:
        return str(mail.get_filename() or ("noname.eml" if mail.get_content_type() == "message/rfc822" else ""))
    except (LookupError, ValueError, TypeError):
        return "noname"


def _octets(mail: Message, mime_type: str) -> bytes:
    payload = mail.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    if not mime_type.startswith("text/"):
        return octets
    try:
        return octets.decode(str(mail.get_content_charset("utf-8"))).encode("utf-8", "replace")
    except (LookupError, ValueError):
        return octets  # what Gmail cannot read it hands over as it is
