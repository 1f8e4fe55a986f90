"""Plays the server of acts to a page, by a route of Playwright; outcomes come through the stream."""

import json
from typing import Any

from playwright.sync_api import Page, Route, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site

FOCUSED = "() => document.activeElement.querySelector('.row-subject')?.textContent ?? document.activeElement.id"
POLLS, POLL_MS = 1_200, 50  # a minute: it only ends a test that would hang


class Acts:
    """What the page posted, answered as a server that takes everything."""

    def __init__(self, page: Page) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.open: list[dict[str, Any]] = []
        self.answer: tuple[int, dict[str, Any]] = (202, {"state": "waiting"})
        self._page = page
        page.route("**/actions/**", self._serve)

    def body(self, number: int) -> dict[str, Any]:
        """Return the body of the act that the page posted at this place, once it has: an act waits for earlier ones."""
        for _ in range(POLLS):
            if len(self.posted) > number:
                break
            self._page.wait_for_timeout(POLL_MS)  # the route is served meanwhile
        return self.posted[number][1]

    def _serve(self, route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(json={"open": self.open})
            return
        self.posted.append((route.request.url.split("/actions/")[1], json.loads(route.request.post_data or "{}")))
        route.fulfill(status=self.answer[0], json=self.answer[1])


def open_acting(page: Page, site: Site) -> None:
    """Open the list of mailboxes that may be acted on."""
    site.render()
    for path in ("/", "/messages/"):
        site.server.pages[path] = site.server.pages[path].replace(b'"can_act": false', b'"can_act": true')
    page.goto("/")
    expect(page.locator("[data-connection=live]")).to_be_visible()


def settle(site: Site, account: GmailAccount, op: str, state: str = "done", **extra: Any) -> None:
    site.server.append("action.settled", {"account_id": account.pk, "op": op, "state": state, **extra})


def press(page: Page, *keys: str) -> None:
    """Press keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def open_settings(page: Page) -> None:
    page.locator(".me").click()
    page.get_by_role("button", name="Settings of this browser").click()
