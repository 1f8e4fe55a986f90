"""Names of files that strangers chose, as a browser may store them. Pure."""

import mimetypes
import unicodedata

from gmail_sync.reading.parts import LONGEST_NAME, Part

_RESERVED = set('<>:"/\\|?*')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


def file_name(part: Part) -> str:
    """Return a name without paths, control characters and what turns text around; at most 150 characters."""
    name = unicodedata.normalize("NFC", part.filename)
    name = "".join("_" if letter in _RESERVED else letter for letter in name if _is_seen(letter))
    name = " ".join(name.split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if dot and len(name) > LONGEST_NAME and len(ending) <= 10:
        name = f"{stem[: LONGEST_NAME - len(ending) - 1].rstrip()}.{ending}"
    name = name[:LONGEST_NAME].strip(". ")
    if not name:
        name = f"part-{part.part_id}{_ending(part.mime_type)}"
    return f"_{name}" if name.partition(".")[0].lower() in _DEVICES else name


def _is_seen(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter)[0] not in "CZ"


def _ending(mime_type: str) -> str:
    known = {"message/rfc822": ".eml", "text/calendar": ".ics"}
    return known.get(mime_type) or mimetypes.guess_extension(mime_type) or ""
