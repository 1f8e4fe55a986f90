"""Links of a mail: each tells where it leads, and one whose text is another address is given away. Pure.

Works on HTML as nh3 writes it: attributes in double quotes, no link within a link.
"""

import re
from html import escape, unescape
from urllib.parse import urlsplit, urlunsplit

_LINK = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>([^<]*(?:<(?!/a>)[^<]*)*)</a>')
_HREF = re.compile(r' href="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(r"\s*(?:https?://)?(?:[^\s/@]{1,100}@)?((?:[\w-]{1,63}\.){1,8}[a-zA-Z]\w{1,62})(?=[/?#:\s]|$)")


def told(html: str) -> str:
    """Put each link's real address into its title; a text that looks like another host's gets the real host behind."""
    return _LINK.sub(_told, html)


def ascii_address(address: str) -> str:
    """Return the address with its host as the network knows it (xn--): letters of other scripts look alike."""
    try:
        split = urlsplit(address)
        if split.scheme not in ("http", "https") or not split.hostname:
            return address
        host = ascii_host(split.hostname)
        port = f":{split.port}" if split.port else ""
    except ValueError:
        return address
    return urlunsplit(split._replace(netloc=f"{host}{port}"))


def ascii_host(host: str) -> str:
    """Return the host in ASCII, or as it is if it cannot be one."""
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host.lower()


def _told(match: re.Match[str]) -> str:
    attributes, inner = match.groups()
    href = _HREF.search(attributes)
    if href is None:
        return match[0]
    real = ascii_address(unescape(href[1]))
    seen = _ADDRESS.match(unescape(_TAG.sub("", inner[:2_000])))
    note = ""
    try:
        host = ascii_host(urlsplit(real).hostname or "")
    except ValueError:
        host = ""
    if host and seen and not _same_site(ascii_host(seen[1]), host):
        note = f" [{escape(host)}]"
    return f'<a{attributes} title="{escape(real)}">{inner}{note}</a>'


def _same_site(seen: str, real: str) -> bool:
    """Tell whether one host is the other, or lies below it."""
    seen, real = seen.removeprefix("www."), real.removeprefix("www.")
    return seen == real or real.endswith(f".{seen}")
