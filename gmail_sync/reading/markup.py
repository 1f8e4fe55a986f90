"""What nh3 leaves out of a mail's HTML and its look needs: style blocks, the look of its body. Pure, and linear.

What programs write to each other in comments, markup and styles as well, is not the mail's.
Specification: https://html.spec.whatwg.org/multipage/parsing.html#comment-start-state
"""

import re
from collections.abc import Iterator
from html import escape, unescape

LARGEST_STYLES, MOST_STYLES = 200_000, 100
_RAW = r"<(style|script|title|textarea)\b[^<>]{0,300}>.*?(?:</\1[^<>]*>?|\Z)"  # in these a comment is text
_COMMENT = re.compile(rf"{_RAW}|<!--(?:-?>|.*?(?:--!?>|\Z))", re.IGNORECASE | re.DOTALL)
_STYLE, _STYLE_ENDS = re.compile(r"<style\b([^<>]{0,300})>", re.IGNORECASE), re.compile("</style", re.IGNORECASE)
_ROOT, _BODY = (re.compile(rf"<{name}\b([^<>]{{1,4000}})>", re.IGNORECASE) for name in ("html", "body"))
_ATTRIBUTE = re.compile(r"""(?<![\w-])([a-z]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=]+))""", re.IGNORECASE)
# A frame is as tall as its mail: a mail that takes a share of its height would grow with it, and so without end.
_LENGTH = r"(?<=[\s:(,+*/])(-?(?:\d{1,5}(?:\.\d{1,5})?|\.\d{1,5}))"
_SHARE = re.compile(_LENGTH + r"[sdl]?v(?:h|b|max)(?![\w.-])", re.IGNORECASE)
_PIXELS_A_SHARE = 7  # a hundredth of a window's height
# A mail with styles stands on a white sheet: what it would do in a dark window it does there in vain.
_SCHEME = re.compile(r"prefers-color-scheme\s*:\s*(dark|light)\b", re.IGNORECASE)
_ALWAYS, _NEVER = "min-width:0px", "max-width:0px"
_COLOUR = re.compile(r"#?\w{1,30}", re.ASCII)
_BARE_HEX = re.compile(r"[0-9a-f]{6}", re.IGNORECASE)


def without_comments(html: str) -> str:
    """Return the HTML without comments, scripts and titles, roughly: to look into, not to show."""
    return _COMMENT.sub(lambda found: found[0] if (found[1] or "").lower() == "style" else "", html)


def styles_of(html: str) -> str:
    """Return the style elements of HTML without comments, each for its media, and so that nothing in them ends one."""
    found, length = [], 0
    for attributes, sheet in _sheets(html):
        media = f' media="{escape(steady(attributes["media"]))}"' if "media" in attributes else ""
        found.append(f"<style{media}>{sheet[: LARGEST_STYLES - length]}</style>")
        length += len(sheet)
        if length >= LARGEST_STYLES or len(found) == MOST_STYLES:
            break
    return "".join(found)


def _sheets(html: str) -> Iterator[tuple[dict[str, str], str]]:
    start = 0
    while (begin := _STYLE.search(html, start)) and (end := _STYLE_ENDS.search(html, begin.end())):
        attributes = _attributes(begin[1])
        sheet = html[begin.end() : end.start()].replace("<!--", "").replace("-->", "").replace("<", r"\3C ")
        sheet = steady(sheet)
        if sheet.strip() and attributes.get("type", "text/css").strip().lower() in ("", "text/css"):
            yield attributes, sheet
        start = end.end()


def steady(sheet: str) -> str:
    """Return the styles, or the media, as they are in a light window, with fixed lengths for shares of its height."""
    sheet = _SCHEME.sub(lambda found: _NEVER if found[1].lower() == "dark" else _ALWAYS, sheet)
    return _SHARE.sub(lambda found: f"{float(found[1]) * _PIXELS_A_SHARE:g}px", sheet)


def body_of(html: str) -> str:
    """Return the start of a div that looks as the body of HTML without comments does, if that has a look of its own:
    light letters may stand on its dark ground, and Arabic ones begin on its right."""
    root, body = _ROOT.search(html), _BODY.search(html)
    said = (_attributes(root[1]) if root else {}, _attributes(body[1]) if body else {})
    both = {"dir": said[0].get("dir", "")} | said[1]
    colours = {"background-color": _colour(both.get("bgcolor", "")), "color": _colour(both.get("text", ""))}
    styles = [*(f"{name}:{colour}" for name, colour in colours.items() if colour), both.get("style", "")]
    kept = {"style": ";".join(filter(None, styles))} | {name: both.get(name, "") for name in ("class", "dir", "lang")}
    written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items() if value)
    return f"<div{written}>" if written else ""


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), unescape("".join(values)))
    return found


def _colour(value: str) -> str:
    """Return the colour as CSS writes it; empty for what is none."""
    value = value.strip()
    return (f"#{value}" if _BARE_HEX.fullmatch(value) else value) if _COLOUR.fullmatch(value) else ""
