"""Render a mail's sections as the inside of a frame's document. Pure; cleaning.py runs it in a process of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from gmail_sync.reading.clean import Cleaned, TooHard, clean, shows_anything
from gmail_sync.reading.text import as_html, stripped, unflowed

LONGEST_TEXT = 200_000  # characters of a plain text that are shown
LONGEST_IN_HASTE = 50_000
TOO_HARD = "The layout of this message is too large or too strange to show; this is its text. Gmail shows it whole."
BUSY = "Many messages are being opened just now: this is the text of this one, without its layout."
NOTHING = "This message has no text that could be shown. What it has is attached, or in its source."
CUT = "This message is longer than what is shown here. Gmail shows it whole."


@dataclass(frozen=True)
class Source:
    """One section's texts; either may be missing. `too_large` ones were not even fetched. `flow` is the plain one's."""

    html: str | None
    plain: str | None
    too_large: bool = False
    flow: str = ""


@dataclass
class Rendered:
    """The document's parts. `hosts` are those of remote pictures, `notice` is our own sentence above the mail.

    `retry_after`: where the layout was not made in time, the seconds until it may be (0: it is as it stays).
    """

    html: str = ""
    styles: str = ""
    hosts: list[str] = field(default_factory=list)
    pictures: int = 0
    coloured: bool = False
    notice: str = ""
    retry_after: int = 0

    def add(self, cleaned: Cleaned) -> None:
        """Put a section below the others."""
        self.html += f"<div>{cleaned.html}</div>"
        self.styles += cleaned.styles
        self.hosts += [host for host in cleaned.hosts if host not in self.hosts]
        self.pictures += cleaned.pictures
        self.coloured |= cleaned.coloured

    def add_text(self, text: str, flow: str) -> None:
        """Put a plain text below the others."""
        if len(text) > LONGEST_TEXT:
            self.notice = self.notice or CUT
        text = text[:LONGEST_TEXT]
        self.html += as_html(unflowed(text, joins=flow == "joined") if flow else text)


def render(sources: list[Source], addresses: Mapping[str, str], with_pictures: bool) -> Rendered:
    """Render each section: its HTML, or its text where the HTML is too hard or shows nothing."""
    rendered = Rendered()
    for source in sources:
        if source.too_large:
            rendered.notice = CUT
        if source.html is None:
            rendered.add_text(source.plain or "", source.flow)
            continue
        try:
            cleaned = clean(source.html, addresses, with_pictures)
        except TooHard:
            rendered.notice = TOO_HARD
            rendered.add_text(_text(source), source.flow)
            continue
        if shows_anything(cleaned.html) or not source.plain:
            rendered.add(cleaned)
        else:
            rendered.add_text(source.plain, source.flow)
    if not rendered.notice and not shows_anything(rendered.html):
        rendered.notice = NOTHING
    return rendered


def render_as_text(sources: list[Source]) -> Rendered:
    """Render the texts alone: the HTML has brought the cleaning to an end, or not to one."""
    rendered = Rendered(notice=TOO_HARD)
    for source in sources:
        rendered.add_text(_text(source), source.flow)
    return rendered


def render_in_haste(sources: list[Source], notice: str, retry_after: int = 0) -> Rendered:
    """Render the texts as they are, without links and folds: what a web does by itself, whoever wrote them."""
    text = "\n\n".join(_text(source, LONGEST_IN_HASTE) for source in sources)[:LONGEST_IN_HASTE]
    shown = escape(text.replace("\0", "\ufffd"))
    return Rendered(html=f"<pre>{shown}</pre>", notice=notice, retry_after=retry_after)


def _text(source: Source, longest: int = LONGEST_TEXT) -> str:
    return source.plain if source.plain and source.plain.strip() else stripped(source.html or "", longest)
