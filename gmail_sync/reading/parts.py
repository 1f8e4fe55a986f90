"""Turn the tree of parts that Gmail sends into what is shown and what is attached. Pure.

A message in alternatives is shown by the last one that can be; a related one by its root; of mixed ones, each text
below the one before. What else has content is attached: also a message within the message, and an invitation.
Specification: https://developers.google.com/gmail/api/reference/rest/v1/users.messages#Message.MessagePart
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from gmail_sync.mail.charsets import decode_parts
from gmail_sync.reading.leaf import Part, has_content, headers_of, leaf, list_in, start_of, text_in

DEEPEST, MOST = 40, 500  # levels and parts that are looked at (RULES R20)
# The same text for other programs: of no use to those who have been shown one.
_FOR_OTHERS = {"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"}


@dataclass(frozen=True)
class Section:
    """What is shown in one place: HTML if there is any, and the plain text that stands for it."""

    html: Part | None
    plain: Part | None

    def having(self, part: Part) -> "Section":
        """Return the section with this part in the place of the one that has its id."""
        html, plain = (part if one and one.part_id == part.part_id else one for one in (self.html, self.plain))
        return Section(html, plain)


@dataclass(frozen=True)
class Mail:
    """A message's sections in their order, and every part with content by its id."""

    sections: tuple[Section, ...]
    parts: dict[str, Part]

    @property
    def shown(self) -> list[Part]:
        """Return the parts that the sections show, or would."""
        return _texts(self.sections)

    @property
    def attachments(self) -> list[Part]:
        """Return the parts that no section shows; the other alternatives of a text are none."""
        shown = {part.part_id for part in self.shown}
        return [part for part in self.parts.values() if part.part_id not in shown and part.is_attachment]

    @property
    def pictures(self) -> dict[str, Part]:
        """Return the parts that HTML may show, by their Content-IDs: the first of each."""
        named = [part for part in reversed(self.parts.values()) if part.content_id and part.image_type]
        return {part.content_id: part for part in named}

    def without_octets(self) -> "Mail":
        """Return the mail without the content of its attachments."""
        shown = {part.part_id for part in self.shown}
        parts = {key: part if key in shown else replace(part, octets=None) for key, part in self.parts.items()}
        return replace(self, parts=parts)


def read(payload: dict[str, Any]) -> Mail:
    """Return the mail of messages.get's payload, whatever shape that has."""
    parts: dict[str, Part] = {}
    sections = tuple(_sections(payload, parts, 0))
    return Mail(sections, parts)


def text_of(octets: bytes, charset: str) -> str:
    """Decode a text: Gmail has mostly made it UTF-8, and left the former charset in the header."""
    in_pairs = b"\0" in octets and charset.lower().replace("-", "").startswith("utf16")
    if b"\x1b" not in octets and not in_pairs:
        try:
            return octets.decode()
        except ValueError:
            pass
    if charset.lower() in ("", "utf-8", "utf8", "us-ascii"):
        charset = "windows-1252" if octets.decode(errors="ignore").isascii() else "utf-8"
    text = decode_parts([octets], charset)
    if charset != "utf-8" and text == octets.decode(errors="replace"):
        return decode_parts([octets], "windows-1252")  # nobody knows that charset: the West's is likelier than UTF-8
    return text


def _sections(part: dict[str, Any], parts: dict[str, Part], depth: int, is_body: bool = True) -> Iterator[Section]:
    kind = text_in(part.get("mimeType")).partition(";")[0].strip().lower()
    children = _children(part)
    if not children or not (kind.startswith("multipart/") or not has_content(part)):
        found = leaf(part, kind, parts, len(parts), is_body)
        if found is None or len(parts) >= MOST:
            return
        parts[found.part_id] = found
        if not found.is_attachment:
            yield Section(found, None) if found.mime_type == "text/html" else Section(None, found)
        return
    if depth >= DEEPEST:
        return
    is_choice = kind in ("multipart/alternative", "multipart/related")
    each = [list(_sections(child, parts, depth + 1, is_choice)) for child in children]
    if kind == "multipart/alternative":
        shown = _best(each)
        for other in [one for one in parts.values() if shown and one.mime_type in _FOR_OTHERS and not one.filename]:
            parts[other.part_id] = replace(other, is_attachment=False)
        _attach([part for part in _texts(chain(*each)) if part.filename], shown, parts)
        yield from shown
    elif kind == "multipart/related":
        yield from _related(part, each, parts)
    else:
        yield from (section for some in each for section in some)


def _related(related: dict[str, Any], each: list[list[Section]], parts: dict[str, Part]) -> list[Section]:
    """Return the root's sections. A root that is only the first in its place, and no HTML, gives way to HTML: programs
    call alternatives so, too. Other texts are attached, since nothing else would show them."""
    named = _named_root(related)
    shown = each[named or 0]
    if not shown or (named is None and not _has_html(shown)):
        shown = _best(each)
    _attach(_texts(chain(*each)), shown, parts)
    return shown


def _attach(texts: list[Part], shown: list[Section], parts: dict[str, Part]) -> None:
    """Attach those of the texts that no section shows."""
    kept = {part.part_id for part in _texts(shown)}
    for part in texts:
        if part.part_id not in kept:
            parts[part.part_id] = replace(part, is_attachment=True)


def _best(alternatives: list[list[Section]]) -> list[Section]:
    """Return the last alternative in HTML, the plain one beside it; else the last that says anything."""
    plain = next((some[0].plain for some in alternatives if some and some[0].plain), None)
    for some in reversed(alternatives):
        if _has_html(some):
            first, *rest = some
            return [replace(first, plain=first.plain or plain), *rest]
    return next((some for some in reversed(alternatives) if some), [])


def _has_html(sections: list[Section]) -> bool:
    return any(section.html for section in sections)


def _texts(sections: Iterable[Section]) -> list[Part]:
    return [part for section in sections for part in (section.html, section.plain) if part]


def _named_root(related: dict[str, Any]) -> int | None:
    """Return the place of the root of related parts; None if their header does not name it."""
    start = start_of(headers_of(related)).strip("<> ")
    ids = [str(headers_of(child).get("content-id", "")).strip("<> ") for child in _children(related)]
    return ids.index(start) if start and start in ids else None


def _children(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [child for child in list_in(part.get("parts")) if isinstance(child, dict)]
