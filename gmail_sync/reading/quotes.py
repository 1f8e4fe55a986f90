"""Fold what a mail quotes. Pure; a text is never hidden when it is not surely a quote.

The HTML is as nh3 writes it: attributes in double quotes, every tag closed.
"""

import re

_QUOTE = re.compile(r'<(div|blockquote)(?=[^>]*(?: class="gmail_quote[ "]| type="cite"))(?: [a-z-]+="[^"]*")*>')
_NOTHING = re.compile(r"(?:\s|&nbsp;|<br>|</?(?:div|p|span|body)(?: [a-z-]+=\"[^\"]*\")*>)*")
_BLOCK = re.compile(r"<(blockquote)[ >]")
SUMMARY = "<summary><span>Quoted text</span></summary>"


def folded(html: str) -> str:
    """Fold the first known quote, if nothing that can be read comes after it."""
    begin = _QUOTE.search(html)
    end = _end(html, begin) if begin else 0
    if begin is None or not end or not _NOTHING.fullmatch(html, end) or not _is_of_one(html, begin, end):
        return html
    if _NOTHING.fullmatch(html, 0, begin.start()):
        return html  # nothing else is there
    return f"{html[: begin.start()]}<details>{SUMMARY}{html[begin.start() : end]}</details>{html[end:]}"


def _is_of_one(html: str, begin: re.Match[str], end: int) -> bool:
    """Tell whether it is one quote: in Gmail's div, answers stand between several, and a forwarded mail is none."""
    if begin[1] == "blockquote":
        return True
    block = _BLOCK.search(html, begin.end(), end)
    after = _end(html, block) if block else 0
    return bool(after) and _NOTHING.fullmatch(html, after, end) is not None


def _end(html: str, begin: re.Match[str]) -> int:
    """Return where the element ends; 0 if it does not."""
    depth = 0
    for tag in re.compile(rf"<(/?){begin[1]}[ >]").finditer(html, begin.start()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return 0
