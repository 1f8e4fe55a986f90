"""A plain text as HTML: links to press, what is quoted folded. Pure."""

import re
from collections.abc import Iterator
from contextlib import suppress
from html import escape, unescape
from itertools import groupby

_LINK = re.compile(
    r"\bhttps?://[^\s<>\"]{1,2000}|\bmailto:[^\s<>\"]{1,300}|\b[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b"
)
_TRAILING = ".,;:!?)]}'\u2019\u201d"
_WROTE = re.compile(r"^(?:On|Am|Le|El|Il|Op|Den)\b.{1,200}:\s*$")


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
        address = match[0].rstrip(_TRAILING)
        href = address if ":" in address[:8] else f"mailto:{address}"
        pieces += [escape(line[end : match.start()]), _anchor(href, address)]
        end = match.start() + len(address)
    return "".join([*pieces, escape(line[end:])])


def _anchor(href: str, words: str) -> str:
    return f'<a href="{escape(href)}" target="_blank" rel="noopener noreferrer nofollow">{escape(words)}</a>'


def stripped(html: str, longest: int) -> str:
    """Return the text between the tags, roughly: for HTML that is not cleaned. Linear in its length."""
    texts: list[str] = []
    silent = False
    for number, piece in enumerate(html[: 4 * longest].split("<")):
        tag, _, rest = piece.partition(">") if number else ("", "", piece)
        name = tag[:8].lower().rstrip("/ ")
        if name.startswith(("script", "style", "/script", "/style")):
            silent = not name.startswith("/")
        if not silent:
            texts.append("\n" if name.startswith(("br", "p", "/p", "div", "/div", "tr", "li")) else "")
            texts.append(rest)
    text = "".join(texts)[:longest]
    with suppress(ValueError):  # a number of thousands of digits
        text = unescape(text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.split("\n")))
