"""One part of a mail with content, as Gmail hands it over. Pure, and content with any shape.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users.messages#Message.MessagePart
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from email.message import Message as Headers
from typing import Any

from gmail_sync.exceptions import GmailUnavailable
from gmail_sync.gmail.bodies import decoded
from gmail_sync.mail.header_text import decode

# What a frame may show, by the names that mail has for it. Never SVG, which is a program.
_IMAGES = {
    **{f"image/{kind}": f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "bmp", "avif")},
    **dict.fromkeys(("image/jpg", "image/pjpeg", "image/jfif"), "image/jpeg"),
    "image/x-png": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "image/x-bmp": "image/bmp",
}
_ENDINGS = {"jpg": "jpeg", "jpe": "jpeg", "jfif": "jpeg"}
_OF_ANY_KIND = {"application/octet-stream", "application/x-download", "binary/octet-stream"}
NONE = "noname"  # for a name in raw octets
LONGEST_NAME = 150  # characters, and
LARGEST_NAME_BYTES = 240  # file systems hold 255
LONGEST_ENDING = 10
ROOT = "root"  # in our addresses, for the part without a number
ODD = (LookupError, ValueError, TypeError, AttributeError)  # the standard library's, at parameters of any kind
_NUMBER = re.compile(r"[0-9.]{1,200}", re.ASCII)
_NEEDED = {"content-type", "content-id", "content-disposition"}


@dataclass(frozen=True)
class Part:
    """One part with content. `octets` came with the message; else `attachment_id`, of this one answer, opens it.

    One with neither came, and cannot be read.
    """

    part_id: str
    mime_type: str
    filename: str
    size: int
    content_id: str
    charset: str
    is_attachment: bool
    attachment_id: str
    octets: bytes | None
    flow: str = ""  # "flowed": lines that end in a space go on; "joined": and that space is no text (RFC 3676)

    @property
    def image_type(self) -> str:
        """Return the type by which a frame may show it, empty for all that is no picture; by its name if the mail does
        not say what it is."""
        kind = self.mime_type
        if kind in _OF_ANY_KIND:
            ending = self.filename.rpartition(".")[2].lower()
            kind = f"image/{_ENDINGS.get(ending, ending)}"
        return _IMAGES.get(kind, "")


def leaf(part: dict[str, Any], kind: str, taken: Container[str], number: int, is_body: bool) -> Part | None:
    """Return the part; None without content. Its id is not in `taken`: else `number` makes one.

    Texts with a name are files, but for the one that stands where a body does: some programs name that, too.
    """
    headers, body = headers_of(part), part.get("body")
    if not isinstance(body, dict) or (kind.startswith("multipart/") and not has_content(part)):
        return None
    kind = kind if "/" in kind and not kind.startswith("multipart/") else ""  # a tree that Gmail found no parts in
    attachment_id, name = text_in(body.get("attachmentId")), decode(text_in(part.get("filename")))
    given = body.get("size")
    size = given if type(given) is int and given >= 0 else 0
    octets = None if attachment_id else _octets(body.get("data"), size)
    disposition = str(headers.get("content-disposition", "")).strip().lower()
    is_text = kind in ("text/plain", "text/html") or (not kind and not name)
    return Part(
        part_id=_id_of(part, taken, number),
        mime_type=kind or "text/plain",
        filename=cut_name(_filename(name, headers)),
        size=size or len(octets or b""),
        content_id=str(headers.get("content-id", "")).strip().strip("<>"),
        charset=_charset(headers),
        is_attachment=not is_text or (bool(name) and not is_body) or disposition.startswith("attachment"),
        attachment_id=attachment_id,
        octets=octets,
        flow=_flow(headers),
    )


def _filename(name: str, headers: Headers) -> str:
    """Return the name; in place of none, which Gmail writes for one that it cannot read, too, that of the headers."""
    if name not in ("", NONE):
        return name
    try:
        return decode(headers.get_filename() or "")
    except ODD:
        return ""


def has_content(part: dict[str, Any]) -> bool:
    """Tell whether it came with octets of its own, or with an id for them."""
    body = part.get("body")
    return isinstance(body, dict) and bool(body.get("data") or body.get("attachmentId"))


def cut_name(name: str) -> str:
    """Return the name, shortened in its middle to what a file system holds: its ending says what it is."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        stem, ending = name, ""
    ending = dot + ending if ending else ""
    most = LARGEST_NAME_BYTES - len(ending.encode("utf-8", "replace"))
    whole = stem[: LONGEST_NAME - len(ending)]
    return whole.encode("utf-8", "replace")[:most].decode("utf-8", "ignore").rstrip() + ending


def _id_of(part: dict[str, Any], taken: Container[str], number: int) -> str:
    """Return Gmail's number of the part, as it stands in our addresses; one of our own if that is none, or is taken."""
    given = text_in(part.get("partId"))
    part_id = given if _NUMBER.fullmatch(given) else ROOT
    return f"{ROOT}-{number}" if part_id in taken else part_id


def _octets(text: object, size: int) -> bytes | None:
    """Return what a part came with; None if nobody can read it, or it did not come: that says nothing about the others
    (RULES R19)."""
    try:
        octets = decoded(text)
    except GmailUnavailable:
        return None
    return octets if octets or not size else None


def headers_of(part: dict[str, Any]) -> Headers:
    """Return those of its headers that say what it is."""
    headers = Headers()
    for header in list_in(part.get("headers")):
        name = text_in(header.get("name")) if isinstance(header, dict) else ""
        if name.lower() in _NEEDED and name not in headers:
            headers[name] = " ".join(text_in(header.get("value"))[:2_000].split())
    return headers


def _charset(headers: Headers) -> str:
    try:
        return str(headers.get_content_charset() or "")
    except ODD:
        return ""


def _flow(headers: Headers) -> str:
    if _param(headers, "format").lower() != "flowed":
        return ""
    return "joined" if _param(headers, "delsp").lower() == "yes" else "flowed"


def start_of(headers: Headers) -> str:
    """Return the Content-ID of the root of related parts, if the header names it."""
    return _param(headers, "start")


def _param(headers: Headers, name: str) -> str:
    try:
        return str(headers.get_param(name) or "")
    except ODD:
        return ""


def text_in(value: object) -> str:
    """Return a text, empty in place of anything else."""
    return value if isinstance(value, str) else ""


def list_in(value: object) -> list[Any]:
    """Return a list, empty in place of anything else."""
    return value if isinstance(value, list) else []
