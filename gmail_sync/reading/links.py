"""Links of a mail: each tells where it leads, and one whose text is another address is given away. Pure.

Works on HTML as nh3 writes it: attributes in double quotes, no link within a link; addresses are canonical (clean.py).
"""

import re
from html import escape, unescape

from gmail_sync.reading.web_addresses import ascii_host, host_of, seen

_LINK = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>([^<]*(?:<(?!/a>)[^<]*)*)</a>')
_HREF = re.compile(r' href="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(
    r"[\W_]*+(?:https?:[/\\]{0,4}|(?:[^\s/@]{1,100}@)?)((?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62})(?![\w-]|\.\w)",
    re.IGNORECASE,
)


def told(html: str) -> str:
    """Put each link's real address into its title; a text that looks like another host's gets the real host behind."""
    return _LINK.sub(_told, html)


def _told(match: re.Match[str]) -> str:
    attributes, inner = match.groups()
    href = _HREF.search(attributes)
    if href is None:
        return match[0]
    real = unescape(href[1])
    host, shown = host_of(real), _ADDRESS.match(seen(unescape(_TAG.sub("", inner[:2_000]))))
    note = f" [{escape(host)}]" if host and shown and not _same_site(ascii_host(shown[1]), host) else ""
    return f'<a{attributes} title="{escape(real)}">{inner}{note}</a>'


def _same_site(shown: str, real: str) -> bool:
    """Tell whether one host is the other, or lies below it."""
    shown, real = (host.removeprefix("www.").rstrip(".") for host in (shown, real))
    return shown == real or real.endswith(f".{shown}")
