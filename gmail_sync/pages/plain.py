"""What strangers wrote, as a page may show it. words.js does the same; what is stored stays as it came."""

import unicodedata

# Embeddings, overrides and isolates turn around what stands beside or after them ("exe.gpj"). The marks U+200E, U+200F
# and U+061C stay: Hebrew and Arabic need them, and they have no power beyond their own field.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_BLANK = set("\u115f\u1160\u2800\u3164\uffa0")  # letters that show nothing


def plain(text: str, otherwise: str = "") -> str:
    """The text without what reorders other text; `otherwise` if then nothing is left to see."""
    text = text.translate(_TURNS)
    return text if any(_is_seen(character) for character in text) else otherwise


def _is_seen(character: str) -> bool:
    return character not in _BLANK and unicodedata.category(character) not in ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn")
