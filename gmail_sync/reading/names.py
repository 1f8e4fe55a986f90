"""Names of files that strangers chose, as a browser may store them. Pure."""

import mimetypes
import unicodedata

from gmail_sync.reading.leaf import Part, cut_name

_RESERVED = set('<>:"/\\|?*')
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    "conin$",
    "conout$",
    *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10)),
}


def file_name(part: Part) -> str:
    """Return a name without paths, control characters and what turns text around; as long as file systems hold."""
    name = unicodedata.normalize("NFC", part.filename)
    name = "".join("_" if letter in _RESERVED else letter for letter in name if _is_seen(letter))
    name = " ".join(name.split()).strip(". ")
    name = cut_name(name).strip(". ")
    if not name:
        name = f"part-{part.part_id}{_ending(part.mime_type)}"
    return f"_{name}" if _is_device(name) else name


def _is_device(name: str) -> bool:
    stem = unicodedata.normalize("NFKC", name.partition(".")[0]).strip().lower()  # COM¹ is COM1
    return stem in _DEVICES


def _is_seen(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter)[0] not in "CZ"


def _ending(mime_type: str) -> str:
    known = {"message/rfc822": ".eml", "text/calendar": ".ics"}
    return known.get(mime_type) or mimetypes.guess_extension(mime_type) or ""
