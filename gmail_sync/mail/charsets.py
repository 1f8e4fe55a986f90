"""Decoding of mail by the charset label, as browsers understand labels. Pure.

Labels and encodings: https://encoding.spec.whatwg.org/#names-and-labels, of which webencodings has the list. A label
stands for its superset there: gb2312 for GBK, iso-8859-1 for windows-1252, ks_c_5601-1987 for windows-949.
"""

import codecs
import re
from collections.abc import Iterator

from webencodings.labels import LABELS

from gmail_sync.mail import japanese

LONGEST_LABEL = 40  # the standard's longest has 19
MOST_JOINED = 16  # pieces in a row that each end within a character; more are not worth what they cost

# Python's codec for an encoding of the standard, where the codec of that name is another one or a smaller one.
_CODECS = {
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859_8",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
}
# What Python's codec reads otherwise than the standard does.
_CORRECTIONS = {
    "gbk": str.maketrans("\ue5e5", "\u3000"),
    "big5": str.maketrans("•､‾∼♁☉¥¢£", "‧﹑¯～⊕⊙￥￠￡"),
    "shift_jis": japanese.NO_CHARACTER,
    "koi8-u": str.maketrans("╝╬", "ўЎ"),
}
# Their own scripts take three bytes in UTF-8 (_is_chance).
_EAST_ASIAN = {"gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr", "windows-874"}
# Labels that mail has and the web has not, or refuses: by Python's codec, or by the standard's name.
_OF_MAIL = {
    "hz": ["hz", "hzgb2312"],
    "utf_7": ["utf7", "unicode11utf7", "csunicode11utf7"],
    "iso2022_kr": ["iso2022kr", "csiso2022kr"],
    "iso-2022-jp": ["iso2022jp1", "iso2022jp2", "iso2022jp3", "iso2022jpext", "iso2022jp2004", "iso2022jpms"],
    "shift_jis": ["cp932", "cp943", "shiftjis2004", "shiftjisx0213"],
    "euc-jp": ["ujis", "eucjpms", "cp51932"],
    "gbk": ["cp936", "ms936", "windows936", "euccn", "gb231280"],
    "gb18030": ["gb180302000", "gb180302005"],
    "big5": ["cp950", "ms950", "windows950", "big5eten", "big5hkscs2004"],
    "euc-kr": ["cp949", "ms949", "uhc", "ksx1001"],
    "utf-16le": ["utf16", "ucs2"],
    "utf-8": ["utf8mb4", "cp65001"],
    "johab": ["johab"],
    **{f"cp{page}": [f"cp{page}", f"ibm{page}"] for page in (437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862)},
    **{f"cp{page}": [f"cp{page}", f"ibm{page}"] for page in (863, 864, 865, 869)},
}
_ESCAPED = {"iso-2022-jp", "iso2022_kr", "hz", "utf_7", "replacement"}
_ONLY_UTF_8 = {"utf-8", "x-user-defined", *_ESCAPED}  # nothing else is left to try
_ESCAPES = re.compile(rb"[\x1b\x0e]|~\{|\+")


def _plain(label: str) -> str:
    """`ISO_8859-1`, `iso8859-1` and `"iso 8859 1"` are one."""
    return re.sub(r"[^a-z0-9]", "", label[:LONGEST_LABEL].lower())


_NAMES = {_plain(label): name for label, name in LABELS.items()}
_NAMES |= {label: name for name, labels in _OF_MAIL.items() for label in labels}


def decode_parts(parts: list[bytes], label: str) -> str:
    """Decode adjacent pieces with one label. One that cannot be decoded costs itself only; a character that was
    cut between two is put together. Undecodable bytes become U+FFFD."""
    name = _NAMES.get(_plain(label), "")
    joined = b"".join(parts)
    if name.startswith("utf-16"):
        return _decode_utf_16(joined, name)
    if name in _ESCAPED and joined.isascii() and _ESCAPES.search(joined):
        return _decode_escaped(parts, name)
    return "".join(_decode_chain(parts, "" if name in _ONLY_UTF_8 else name))


def _decode_utf_16(octets: bytes, name: str) -> str:
    big = octets.startswith(b"\xfe\xff") or (name == "utf-16be" and not octets.startswith(b"\xff\xfe"))
    return octets.decode("utf_16_be" if big else "utf_16_le", "replace").removeprefix("\ufeff")


def _decode_escaped(parts: list[bytes], name: str) -> str:
    """Decode encodings that use only ASCII bytes and escapes, and so would pass for UTF-8."""
    if name == "replacement":
        return "\ufffd"
    if name == "iso-2022-jp":
        return japanese.decode_iso_2022_jp(b"".join(parts))
    try:
        return b"".join(parts).decode(name)
    except ValueError:
        return "".join(part.decode(name, "replace") for part in parts)


def _decode_chain(parts: list[bytes], name: str) -> Iterator[str]:
    """Decode each piece as UTF-8 if it is that, in spite of its label, else by its label; together with the next ones
    if its last character goes on there."""
    start = 0
    while start < len(parts):
        text, end = _read(parts, start, "utf_8")
        if name and (text is None or (name in _EAST_ASIAN and _is_chance(text))):
            labelled, labelled_end = _read(parts, start, _CODECS.get(name, name))
            text, end = (text, end) if labelled is None else (labelled, labelled_end)
        if text is None:
            text, end = _replaced(parts[start], name), start + 1
        yield text.translate(_CORRECTIONS.get(name, {})).removeprefix("\ufeff")
        start = end


def _read(parts: list[bytes], start: int, codec: str) -> tuple[str | None, int]:
    """Return the text up to the first piece that ends with a whole character, and the index after it; None if it is
    not in that codec."""
    decoder = codecs.getincrementaldecoder(codec)()
    fresh, text = decoder.getstate(), ""
    try:
        for end, part in enumerate(parts[start : start + MOST_JOINED], start + 1):
            text += decoder.decode(part)
            if decoder.getstate() == fresh:
                return text, end
    except ValueError:
        pass
    return None, start


def _is_chance(text: str) -> bool:
    """Tell whether bytes of such an encoding only happen to be UTF-8, as GBK's 模 is there ģ. A text in the label's own
    script would have longer characters, one in another's Latin letters."""
    letters = [character for character in text if not character.isascii() or character.isalpha()]
    return bool(letters) and all("\x7f" < character < "\u0800" for character in letters)


def _replaced(octets: bytes, name: str) -> str:
    if name == "euc-jp":
        return japanese.decode_euc_jp(octets)
    return octets.decode(_CODECS.get(name, name) or "utf_8", "replace")
