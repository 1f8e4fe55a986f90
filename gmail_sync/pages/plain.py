"""Text of strangers, as a page may show it (words.js does the same). The database keeps it as it came."""

import unicodedata

# Embeddings, overrides and isolates turn around what stands beside or after them ("exe.gpj"). The marks U+200E, U+200F
# and U+061C stay: Hebrew and Arabic need them, and they have no power beyond their own field.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_BLANK = set("\u115f\u1160\u2800\u3164\uffa0")  # letters that show nothing


def plain(*texts: str) -> str:
    """Return the first of the texts that shows anything, without the characters that reorder other text; or ""."""
    rests = (text.translate(_TURNS) for text in texts)
    return next((rest for rest in rests if any(map(_is_seen, rest))), "")


def _is_seen(character: str) -> bool:
    return character not in _BLANK and unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn")
