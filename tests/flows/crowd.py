"""Several users at both webs, while mail comes and streams are cut: what a fault must not disturb."""

import random
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.support.event_source import Frame
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import busy, repeated
from tests.support.live_page import Page, delays, written
from tests.support.waiting import eventually

WEBS = 2
KNOWN_SECONDS = 2  # the latest that an event may come, once a page was told `degraded`
UNKNOWN_SECONDS = 15  # the latest ever


class Crowd:
    """Each user has a steady page at each web; all but the last one also a page that is cut and resumed all the while.

    Each coming back makes its web look into the log for that user, so that only the last one waits for the timers.
    """

    def __init__(self, stack: Stack, users: Sequence[SignedIn]) -> None:
        self.stack = stack
        self.emails = [f"{user.name}@gmail.example" for user in users]
        self.steady = [[Page(user, web) for web in range(WEBS)] for user in users]
        self.restless = [Page(user) for user in users[:-1]]

    @property
    def pages(self) -> list[Page]:
        """All of them."""
        return [page for pages in self.steady for page in pages] + self.restless

    @contextmanager
    def living(self) -> Iterator[None]:
        """Mail comes and streams are cut, until the block ends."""
        cuts = [lambda page=page: page.come_back(web=random.randrange(WEBS)) for page in self.restless]
        with ExitStack() as lives:
            lives.enter_context(busy(self.stack, *self.emails, seed=3))
            lives.enter_context(repeated(*cuts, seconds=0.3))
            yield

    def settle(self) -> None:
        """Wait until every page is what is in Gmail, without a hole, a reset or a repetition; then all are closed."""
        for page in self.pages:
            email = f"{page.user.name}@gmail.example"
            eventually(lambda page=page, email=email: page.agrees(self.stack, email))  # type: ignore[misc]
            assert len(page.frames) > 5
            page.close()

    def at_web(self, web: int) -> list[Page]:
        """Return the steady pages of a web."""
        return [pages[web] for pages in self.steady]

    def told(self, web: int, live: str) -> bool:
        """Tell whether this is what all steady pages of a web were told last."""
        return all(page.status[-1:] == [live] for page in self.at_web(web))

    def delays(self, since: float = 0, web: int | None = None) -> list[float]:
        """Of all events on the steady pages (of one web) that were written after that time; in seconds."""
        pages = [page for number in range(WEBS) if web in (None, number) for page in self.at_web(number)]
        return delays(frame for page in pages for frame in page.frames if written(frame) > since)

    def delays_degraded(self) -> list[float]:
        """Of the events that were written while their page knew of the trouble."""
        return delays(frame for pages in self.steady for page in pages for frame in _while_degraded(page))


def _while_degraded(page: Page) -> list[Frame]:
    found, since = list[Frame](), float("inf")
    turns = [(frame.at, frame.payload["live"]) for frame in page.stream.frames if frame.event == "status"]
    for at, live in [*turns, (float("inf"), "ok")]:
        if live == "degraded":
            since = at
        else:
            found += [frame for frame in page.frames if since < written(frame) < at]
            since = float("inf")
    return found


def tell(what: str, seconds: Sequence[float]) -> None:
    """Print the figures (pytest -rP shows them)."""
    if seconds:
        median, longest = statistics.median(seconds), max(seconds)
        print(f"FIGURE {what}: {len(seconds)} events, median {median:.3f} s, max {longest:.3f} s")  # noqa: T201
