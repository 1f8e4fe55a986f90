"""Page tokens: opaque to clients; they carry the page's number and the position to go on from."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from simulator.errors import GoogleError


@dataclass(frozen=True)
class Page:
    """The page that was asked for: its number from 1, and the keys of the last item before it."""

    number: int = 1
    position: tuple[int, ...] = ()

    def token_after(self, *position: int) -> str:
        """Return the token of the next page, which begins after the given position."""
        text = ":".join(map(str, (self.number + 1, *position)))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_page(token: str) -> Page:
    """Read a token that token_after() made; an empty one is the first page, a foreign one a 400."""
    if not token:
        return Page()
    try:
        number, *position = map(int, urlsafe_b64decode(token + "==").split(b":"))
    except ValueError:
        raise GoogleError(400, "invalidArgument", "Invalid pageToken") from None
    return Page(number, tuple(position))


def page_size(asked: str, usual: int, largest: int, forced: int | None) -> int:
    """Return the number of items on a page: what was asked for within Gmail's bounds, or fewer by ``--page-size``."""
    if asked and not asked.isdecimal():
        raise GoogleError(400, "invalidArgument", "Invalid maxResults")
    size = max(1, min(int(asked or usual), largest))
    return size if forced is None else min(size, forced)
