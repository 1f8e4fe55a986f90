"""Tabs of the inbox in Chromium: what came to them, in which order, and what they show."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BEFORE = """
Math.random = () => 0;
Object.assign(window, { ids: [], resets: [], violations: [], open: new Set(), opened: 0 });
addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
const Source = EventSource;
window.EventSource = class extends Source {
  constructor(url) { super(url); open.add(this); opened += 1; }
  close() { super.close(); open.delete(this); }
};
"""
FOLLOW = """async () => {
  const { EventStream } = await import("/static/realtime/event-stream.js");
  const { EVENT_TYPES: types } = await import("/static/gmail_sync/event-types.js");
  const { events: url, cursor, ticket } = document.body.dataset;
  window.stream = new EventStream({
    url, cursor, ticket, types, onEvent: (type, payload, id) => ids.push(id), onReset: (reason) => resets.push(reason),
  });
  return cursor;
}"""
SHOWN = """() => Object.fromEntries([...document.querySelectorAll("#rows .row")].map(
  (row) => [row.dataset.thread, row.classList.contains("unread")]))"""


class Tab:
    """One tab. Its own EventStream follows what the page's does, over the browser's one connection."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        page.goto("/")
        self.start: str = page.evaluate(FOLLOW)

    @property
    def count(self) -> int:
        """How many events came."""
        return int(self.page.evaluate("ids.length"))

    @property
    def opened(self) -> int:
        """How many streams it has opened so far."""
        return int(self.page.evaluate("opened"))

    @property
    def open(self) -> int:
        """How many it has open."""
        return int(self.page.evaluate("open.size"))

    def has_all(self, head: str) -> None:
        """Wait for this event or a later one, and see that all up to there came once and in order."""
        at = "Number(stream.cursor.split('-')[1])"
        last = int(head.partition("-")[2])
        eventually(lambda: self.page.evaluate(at) >= last, 120, lambda: f"it is at {self.count} of {last}")
        epoch, _, first = self.start.partition("-")
        last, ids, resets = self.page.evaluate(f"[{at}, ids, resets]")
        assert [ids, resets] == [[f"{epoch}-{n}" for n in range(int(first) + 1, last + 1)], []]

    def shows(self, stack: Stack, email: str) -> None:
        """Wait until its rows are the simulator's inbox: the conversations, and in which of them a mail is unread."""
        inbox: dict[str, bool] = {}
        for message in stack.simulator.dump(email)["messages"]:
            labels, thread = set(message["label_ids"]), message["thread_id"]
            if "INBOX" in labels and not labels & {"TRASH", "SPAM"}:
                inbox[thread] = inbox.get(thread, False) or "UNREAD" in labels
        eventually(lambda: self.page.evaluate(SHOWN) == inbox, why=lambda: f"{self.page.evaluate(SHOWN)} for {inbox}")


@contextmanager
def tabs_of(chromium: "Browser", user: SignedIn, count: int) -> Iterator[list[Tab]]:
    """Give so many tabs of the user's inbox, in one browser."""
    context = chromium.new_context(base_url=user.urls[0])
    context.add_init_script(BEFORE)
    context.add_cookies([{"name": n, "value": v, "url": user.urls[0]} for n, v in user.http.cookies.items()])
    yield [Tab(context.new_page()) for _ in range(count)]
    context.close()
