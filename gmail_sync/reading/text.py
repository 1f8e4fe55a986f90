"""A plain text as HTML: links to press, what is quoted folded. Pure."""

import re
from collections.abc import Iterator
from contextlib import suppress
from html import escape, unescape
from itertools import groupby

from gmail_sync.reading.links import told
from gmail_sync.reading.markup import without_comments
from gmail_sync.reading.web_addresses import canonical

_LINK = re.compile(
    r"\bhttps?://[^\s<>\"]{1,2000}|\bmailto:[^\s<>\"]{1,300}|\b[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)]}'*`|\u2019\u201d\u2026\u3001\u3002\u300d\u300f\u3011\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f"
_OPENING = {")": "(", "]": "[", "}": "{"}
_WROTE = re.compile(r"^(?:On|Am|Le|El|Il|Op|Den)\b.{1,200}:\s*$")
# No tag without an end is looked at twice (RULES R20): the first pattern takes all of the text then, the others are
# possessive. A group that is repeated would keep 60 bytes for each time.
_SILENT = re.compile(r"<(?:script|style)\b.*?(?=</(?:script|style)\b|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/?p|/?div|tr|li)\b[^<>]*+>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*+>?")


def unflowed(text: str, joins: bool) -> str:
    """Return a flowed text with its paragraphs whole: a link that was broken to fit a line leads to its address again.

    Specification: https://www.rfc-editor.org/rfc/rfc3676#section-4
    """
    pieces: list[str] = []
    flows, former = False, 0
    for line in text.replace("\r\n", "\n").split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words if words.startswith(" >") else words.removeprefix(" ")  # which is no quote
        if not flows or depth != former or words == "-- ":
            pieces.append("\n" + ">" * depth + " " * bool(depth))
        flows, former = words.endswith(" ") and words != "-- ", depth
        pieces.append(words[:-1] if flows and joins else words)
    return "".join(pieces)[1:]


def as_html(text: str) -> str:
    """Return the text's HTML; runs of quoted lines are folded, with the line that says whose they are."""
    return "".join(_blocks(text.replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")))


def _blocks(text: str) -> Iterator[str]:
    lines = text.split("\n")
    quoted = [line.startswith(">") for line in lines]
    for number, line in enumerate(lines[:-1]):
        following = next((n for n in range(number + 1, min(number + 3, len(lines))) if lines[n].strip()), number)
        if quoted[following] and not quoted[number] and _WROTE.match(line):
            quoted[number : following + 1] = [True] * (following + 1 - number)
    for is_quote, group in groupby(zip(quoted, lines, strict=True), key=lambda pair: pair[0]):
        some = [line for _, line in group]
        body = "\n".join(map(_linked, some))
        if is_quote:
            words = f"Quoted text, {len(some)} line{'s' if len(some) > 1 else ''}"
            quote = f"<blockquote><pre>{body}</pre></blockquote>"
            yield f"<details><summary><span>{words}</span></summary>{quote}</details>"
        elif body.strip():
            yield f"<pre>{body.strip(chr(10))}</pre>"


def _linked(line: str) -> str:
    pieces, end = [], 0
    for match in _LINK.finditer(line):
        address = _without_punctuation(match[0])
        href = canonical(address if ":" in address[:8] else f"mailto:{address}")
        pieces += [escape(line[end : match.start()]), _anchor(href, address) if href else escape(address)]
        end = match.start() + len(address)
    return "".join([*pieces, escape(line[end:])])


def _without_punctuation(address: str) -> str:
    """Return the address without the marks of the sentence around it; one that closes a bracket of its own stays."""
    kept = address.rstrip(_TRAILING)
    while (mark := address[len(kept) : len(kept) + 1]) in _OPENING and kept.count(_OPENING[mark]) > kept.count(mark):
        kept += mark
    return kept


def _anchor(href: str, words: str) -> str:
    link = f'<a href="{escape(href)}" target="_blank" rel="noopener noreferrer nofollow">{escape(words)}</a>'
    return link if href.removeprefix("mailto:") == words.removeprefix("mailto:") else told(link)


def stripped(html: str, longest: int) -> str:
    """Return the text between the tags, roughly: for HTML that is not cleaned. Linear in its length, and soon done."""
    text = _SILENT.sub("", without_comments(html[: 4 * longest]))
    text = _TAG.sub("", _BREAK.sub("\n", text))[:longest]
    with suppress(ValueError):  # a number of thousands of digits
        text = unescape(text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.split("\n")))
