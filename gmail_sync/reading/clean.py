"""Clean a mail's HTML with nh3: text, tables, pictures and links stay, and nothing that runs or asks. Pure.

Styles are not judged: the frame's own policy keeps them from asking anybody (docs/adr/0035).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

import nh3

from gmail_sync.reading import links, quotes
from gmail_sync.reading.markup import body_of, steady, styles_of, without_comments
from gmail_sync.reading.web_addresses import canonical, host_of

LARGEST = 1_000_000  # characters
MOST_BACKGROUNDS = 1_000  # pictures of styles whose hosts are told
DEEPEST = 1_000  # levels; browsers stop at 512, and nh3's time grows with the square

_TAGS = (
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em"
    " figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong"
    " sub sup table tbody td tfoot th thead tr tt u ul var wbr"
)
ATTRIBUTES = {
    "*": {"align", "bgcolor", "class", "dir", "height", "lang", "style", "valign", "width"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "face", "size"},
    "hr": {"size"},
    "img": {"alt", "border", "src"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap"},
    "ul": {"type"},
}
DROPPED = {"script", "style", "title", "noscript", "template"}
_CLOSED_BY_ITSELF = (
    "area base br col embed hr img input link meta param source track wbr p li dt dd td th tr tbody thead tfoot option"
    " html head body"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_OWN_IMAGE = re.compile(
    r"""<img\b[^<>]*?\ssrc\s*=\s*(?:"\s*(cid:[^"<>]*)|'\s*(cid:[^'<>]*)|(cid:[^\s"'<>]+))""", re.IGNORECASE
)
_IMAGE = re.compile(r'<img(?: [a-z-]+="[^"]*")*>')
_SOURCE = re.compile(r' src="(https?:[^"]*)"', re.IGNORECASE)
# The frame's policy lets no picture come without encryption; most hosts have it, too.
_PLAIN = re.compile(r'^ src="http://([^/"?#:]+)(?::80)?(?=[/"?#])')
_STYLED = re.compile(r' style="([^"]*)"')
_BACKGROUND = re.compile(r"""url\(\s{0,9}["']?\s{0,9}((?:https?:)?//[^\s"'()<>]{1,2000})""", re.IGNORECASE)
_TINY = re.compile(r' (?:width|height)="[01](?:px)?"')
_COLOURED = re.compile(r' (?:bg)?color="| style="[^"]*(?:background|color|fill)', re.IGNORECASE)


class TooHard(Exception):
    """The HTML is too large or too deep: its plain text is shown."""


@dataclass(frozen=True)
class Cleaned:
    """HTML that is safe in the frame; its own style elements; hosts of remote pictures; whether it brings colours."""

    html: str
    styles: str
    hosts: tuple[str, ...]
    pictures: int
    coloured: bool


def clean(html: str, part_addresses: Mapping[str, str], with_pictures: bool = False) -> Cleaned:
    """Clean the HTML. `part_addresses` has the absolute address of each part by its Content-ID.

    Raises TooHard. nh3 itself may panic, which is no Exception: the process that calls this is one that may die.
    """
    if len(html) > LARGEST:
        raise TooHard
    html = html.replace("\0", "")
    said = without_comments(html)
    if _is_deep(said):
        raise TooHard

    def kept(element: str, name: str, value: str) -> str | None:
        value = value.strip() if name == "src" else value
        if name == "src" and value[:4].lower() == "cid:":
            return next((part_addresses[name] for name in _content_ids(value) if name in part_addresses), "")
        if name == "style":
            return steady(value)
        if name not in ("src", "href"):
            return value
        address = canonical(value)
        if name == "src" and not address.startswith(("http://", "https://")):
            return None  # a picture has no other scheme
        return address or None

    cleaner = nh3.Cleaner(
        tags=set(_TAGS.split()),
        attributes=ATTRIBUTES,
        clean_content_tags=DROPPED,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
    )
    cleaned = cleaner.clean(body_of(said) + html)
    return _finished(cleaned, styles_of(said), set(part_addresses.values()), with_pictures)


def pictures_in(html: str) -> set[str]:
    """Return the Content-IDs of pictures that the cleaned HTML shows; rather one too few, which is then listed."""
    if len(html) > LARGEST or "cid:" not in html.lower():
        return set()
    said = without_comments(html)
    sources = ["".join(found) for found in _OWN_IMAGE.findall(said)]
    return set() if _is_deep(said) else {name for source in sources for name in _content_ids(unescape(source))}


def _content_ids(source: str) -> tuple[str, str]:
    """Return the names that a `cid:` may mean: as it is written, and decoded."""
    name = source.strip()[4:]
    return name.strip("<>"), unquote(name).strip("<>")


def _finished(html: str, styles: str, ours: set[str], with_pictures: bool) -> Cleaned:
    hosts: dict[str, None] = {}
    pictures = 0

    def each(match: re.Match[str]) -> str:
        nonlocal pictures
        source = _SOURCE.search(match[0])
        address = unescape(source[1]) if source else ""
        if source is None or address in ours:
            return match[0]
        if len(_TINY.findall(match[0])) > 1:
            return ""  # it only counts who reads
        pictures += 1
        hosts.setdefault(host_of(address))
        return match[0].replace(source[0], _PLAIN.sub(r' src="https://\1', source[0]) if with_pictures else "")

    shown = quotes.folded(links.told(_IMAGE.sub(each, html)))
    sheets = styles + unescape(" ".join(_STYLED.findall(shown)))
    for address in _BACKGROUND.findall(sheets)[:MOST_BACKGROUNDS]:
        pictures += 1
        hosts.setdefault(host_of(canonical(f"https:{address}" if address.startswith("/") else address)))
    hosts.pop("", None)
    coloured = bool(styles or _COLOURED.search(shown))
    return Cleaned(shown, styles, tuple(hosts)[:5], pictures, coloured)


def shows_anything(html: str) -> bool:
    """Tell whether a reader would see any of it."""
    return "<img" in html or bool(unescape(re.sub(r"<[^>]*>", "", html)).strip())


def _is_deep(html: str) -> bool:
    """Tell whether elements may lie too deep within each other: in one pass, and rather too soon."""
    depth = 0
    flat = set(_CLOSED_BY_ITSELF.split())
    for tag in _TAG.finditer(html):
        if tag[2].lower() in flat:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > DEEPEST:
            return True
    return False
