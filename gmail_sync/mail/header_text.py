"""A header's value as text: its RFC 2047 words decoded, cleaned, cut. Pure, and linear in the header's length.

Specification: https://www.rfc-editor.org/rfc/rfc2047, and RFC 2231 5 (a language after the charset)
"""

import binascii
import re
from collections.abc import Iterator

from gmail_sync.mail.charsets import decode_parts

LONGEST_RAW = 16_384  # characters that are looked at: what 1,000 take, encoded at its longest
# `=?charset*language?B or Q?text?=`. Real words hold blanks and question marks too. The text ends where another word
# begins, so that no character is tried for two of them. No possessive group: before 3.11.5 Python matches them wrongly
# (https://github.com/python/cpython/issues/106052).
WORD = r"=\?([^?\s]*)\?([bBqQ])\?((?:[^?]|(?<!=)\?(?!=))*)\?="

_WORD = re.compile(WORD)
# PostgreSQL stores neither, and no event may carry them (RULES R16).
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def decode(value: str) -> str:
    """Return the text on one line. Undecodable bytes become U+FFFD; text that only looks like a word stays."""
    return storable("".join(_texts(storable(value[:LONGEST_RAW]))))


def _texts(value: str) -> Iterator[str]:
    """Yield the words and the text between them; blanks between two words are not text."""
    parts: list[bytes] = []
    label, end = "", 0
    for word in _WORD.finditer(value):
        octets = _octets(*word.group(2, 3))
        if octets is None:
            continue  # it is text, and so what is before it
        named, between = word[1].partition("*")[0].lower(), value[end : word.start()]
        if parts and (between.strip() or named != label):
            yield decode_parts(parts, label)
            parts = []
        if between.strip() or not end:
            yield between
        parts.append(octets)
        label, end = named, word.end()
    if parts:
        yield decode_parts(parts, label)
    yield value[end:]


def _octets(encoding: str, text: str) -> bytes | None:
    """Return the bytes that the word encodes; None if it is malformed."""
    if encoding in "qQ":
        return binascii.a2b_qp(text.encode(), header=True)
    # Each run of its letters is base64 of its own: padding may be missing, or stand between two glued ones.
    runs = re.split("=+", re.sub("[^A-Za-z0-9+/=]", "", text.translate(_FROM_URL_SAFE)))
    octets = b"".join(binascii.a2b_base64(run[: len(run) - (len(run) % 4 == 1)] + "==") for run in runs)
    return octets if octets or not text.strip() else None


_FROM_URL_SAFE = str.maketrans("-_", "+/")


def storable(text: str) -> str:
    """Return the text without NUL and lone surrogates, which PostgreSQL refuses, on one line."""
    return " ".join(cleaned(text).split())


def cleaned(text: str) -> str:
    """Return the text without NUL and lone surrogates; its lines stay."""
    return _UNSTORABLE.sub("\ufffd", text)


def shortened(text: str, length: int) -> str:
    """Cut the text to `length` characters, the last one an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
