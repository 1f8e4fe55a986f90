"""Answers a page's beats as the server would, and keeps what the page said."""

from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

from gmail_sync.models import GmailAccount
from tests.browser.site import Site

BEN = {"id": 3, "name": "Ben Okafor", "state": "viewing"}
PRIYA = {"id": 5, "name": "Priya Nair", "state": "idle"}
TURN = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
NOTE_WHAT_IS_SAID = """() => {
  const region = document.getElementById("announcement");
  window.said = [];
  new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
}"""


NOTE_WHO_IS_SHOWN = """() => {
  const words = document.querySelector("#faces p");
  window.shown = [];
  const note = ({ addedNodes }) => shown.push(...[...addedNodes].map(({ data }) => data));
  new MutationObserver((records) => records.forEach(note)).observe(words, { childList: true });
}"""


APART_SECONDS = 60  # of beats: as the answers say, so that none comes by itself while a slow machine works
STEP_MS = 5_000


class Beats:
    """Answers the page's beats as the server would, and keeps what the page said."""

    def __init__(self, context: BrowserContext, account: GmailAccount) -> None:
        self.said: list[dict[str, str]] = []
        self.people: list[dict[str, Any]] = []
        self.status, self.at, self.room = 200, 1_000, f"mailbox.{account.pk}"
        self.more: dict[str, Any] = {}  # that an answer says
        self.headers: dict[str, str] = {}  # of a refusal
        self.hangs = False
        context.route("**/presence/", self._answer)

    def _answer(self, route: Route) -> None:
        self.said.append(route.request.post_data_json or {})
        self.at += 1_000
        if self.hangs:
            return
        if self.status == 200:
            route.fulfill(json={**self.told(self.at, *self.people), "again_in": APART_SECONDS, **self.more})
        else:
            route.fulfill(status=self.status, headers=self.headers)

    def told(self, at: int, *people: dict[str, Any]) -> dict[str, Any]:
        return {"room": self.room, "at": at, "people": list(people)}

    @property
    def states(self) -> list[str]:
        return [words["state"] for words in self.said]

    @property
    def inner(self) -> list[str | None]:
        """The conversation that each beat named."""
        return [words.get("inner") for words in self.said]

    def next(self, page: Page) -> None:
        """Put the page's clock forward until it has beaten once more; it waits for the answer to the beat before."""
        beats = len(self.said)
        for _ in range(1_200):
            if len(self.said) > beats:
                return
            page.clock.run_for(STEP_MS)
            page.wait_for_timeout(50)
        raise AssertionError(self.states)

    def come(self, page: Page, states: list[str]) -> None:
        """Wait until exactly these states were told."""
        for _ in range(1_200):  # a minute: it only ends a test that would hang
            if self.states == states:
                return
            page.wait_for_timeout(50)
        raise AssertionError(self.states)


def tell(site: Site, payload: dict[str, Any]) -> None:
    site.server.say("presence", len(site.server.log), payload)
