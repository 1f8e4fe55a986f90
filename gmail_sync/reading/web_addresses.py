"""Addresses in strangers' mail, in the one spelling that browsers and we read alike. Pure.

Browsers drop line breaks within an address, take any slashes after the scheme for two, a backslash for a slash, and
decode `%65` in a host. Whoever reads by other rules is told one host and led to another.
Specification: https://url.spec.whatwg.org/#url-parsing and RFC 6068 (mailto)
"""

import re
import unicodedata
from urllib.parse import unquote

_DROPPED = re.compile(r"[\t\n\r]")
_AROUND = "".join(map(chr, range(33)))
_WEB = re.compile(r"(https?):[/\\]*([^/\\?#]*)([^?#]*)", re.IGNORECASE)
_PLACE = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::([0-9]*))?", re.ASCII)
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$")  # for browsers an IPv4 address, 2130706433 as well
_FOUR_NUMBERS = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})(?:\.(?!$)|$)){4}")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")  # besides Cf
_LARGEST_PORT = 65_535
_WRITABLE = {"to", "cc", "subject", "body"}  # by a link; RFC 6068, 7: others may harm


def canonical(address: str) -> str:
    """Return the address with its host as the network knows it, without what stands before an @ there.

    Empty for a web address that leads nowhere. Of a mailto, only harmless fields stay; all else stays as it is.
    """
    text = _DROPPED.sub("", address.strip(_AROUND))
    if text[:7].lower() == "mailto:":
        return _mailto(text)
    found = _WEB.match(text)
    if found is None:
        return address
    scheme, authority, path = found.groups()
    place = _PLACE.fullmatch(authority.rpartition("@")[2])
    if place is None or len(place[2] or "") > 5 or int(place[2] or 0) > _LARGEST_PORT:
        return ""
    host, port = ascii_host(unquote(place[1])), f":{place[2]}" if place[2] else ""
    if not _HOST.fullmatch(host) or (_NUMBER.search(host) and not _FOUR_NUMBERS.fullmatch(host)):
        return ""
    path = path.replace("\\", "/")
    return f"{scheme.lower()}://{host}{port}{path}{text[found.end() :]}"


def host_of(address: str) -> str:
    """Return the host that a canonical address leads to, or writes to; empty if it names none."""
    if address[:7] == "mailto:":
        return ascii_host(unquote(address[7:].partition("?")[0]).rpartition("@")[2])
    found = _WEB.match(address)
    place = _PLACE.fullmatch(found[2]) if found else None
    return place[1] if place else ""


def ascii_host(host: str) -> str:
    """Return the host in ASCII: letters of other scripts look alike, and some signs cannot be seen at all."""
    return ".".join(map(_ascii_label, seen(host).translate(_DOTS).split(".")))


def seen(text: str) -> str:
    """Return the text in the letters that it shows: without signs that cannot be seen, in their plainest form."""
    visible = "".join(sign for sign in _UNSEEN.sub("", text) if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFKC", visible)


def _ascii_label(label: str) -> str:
    lower = unicodedata.normalize("NFC", "".join(map(str.lower, label)))  # by letters: a word's last sigma is another
    return lower if lower.isascii() else f"xn--{lower.encode('punycode').decode()}"


def _mailto(text: str) -> str:
    to, _, rest = text[7:].partition("?")
    fields = [field for field in rest.split("&") if unquote(field.partition("=")[0]).lower() in _WRITABLE]
    return f"mailto:{to}?{'&'.join(fields)}" if fields else f"mailto:{to}"
