"""The tokens of an address header: quoted texts, comments, brackets, separators. Pure and linear.

Specification: https://www.rfc-editor.org/rfc/rfc5322#section-3.2; a quote or comment without an end is text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gmail_sync.mail.header_text import WORD

# An encoded word is one token, whatever stands in it. A bracket may lack its end, or begin with an obsolete route.
_OTHERS = (
    rf"(?P<word>{WORD})|<(?:@[^<>:;]*+:)?(?P<angle>[^<>,;]*+)(?P<closed>>?)"
    r'|(?P<mark>[(),:;])|(?P<text>mailto:[^\s(),:;"\\<=]*+|\\[()"\\]|[^(),:;"\\<=]++|.)'
)
_TOKEN = re.compile(rf'(?P<quoted>"(?P<content>(?:[^"\\]|\\.)*)(?P<ended>"?))|{_OTHERS}', re.DOTALL)
_TOKEN_WITHOUT_QUOTES = re.compile(_OTHERS, re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Token(NamedTuple):
    """`kind` is text, word, quoted, comment, angle or one of `,:;`. `text` is its meaning, `raw` its spelling."""

    kind: str
    text: str
    raw: str


def tokens(header: str) -> list[Token]:
    """Return the header's tokens; a comment is one, with all that is nested in it."""
    return list(_without_comments(list(_marks(header))))


def _marks(header: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(header):
        if found["quoted"] and not found["ended"]:
            yield Token("text", '"', '"')  # one that no other closes, and so is each after it
            yield from map(_token, _TOKEN_WITHOUT_QUOTES.finditer(header, found.start() + 1))
            return
        if found["quoted"]:
            yield Token("quoted", _ESCAPE.sub(r"\1", found["content"]), found[0])
        else:
            yield _token(found)


def _token(found: re.Match[str]) -> Token:
    raw = found[0]
    if found["angle"] is not None and (found["closed"] or "@" in found["angle"]):
        return Token("angle", found["angle"].strip(), raw)
    return Token("word" if found["word"] else found["mark"] or "text", raw, raw)


def _without_comments(marks: list[Token]) -> Iterator[Token]:
    ends: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(marks):
        if token.kind == "(":
            opened.append(at)
        elif token.kind == ")" and opened:
            ends[opened.pop()] = at
    at = 0
    while at < len(marks):
        end = ends.get(at)
        if end is not None:
            inside = "".join(token.raw for token in marks[at + 1 : end])
            yield Token("comment", _ESCAPE.sub(r"\1", inside), f"({inside})")
            at = end
        else:
            token = marks[at]
            yield Token("text", token.raw, token.raw) if token.kind in "()" else token
        at += 1
