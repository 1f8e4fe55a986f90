"""Plays the server of acts to a page, by a route of Playwright; outcomes come through the stream."""

import json
from typing import Any

from playwright.sync_api import Page, Route, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site


class Acts:
    """What the page posted, answered as a server that takes everything."""

    def __init__(self, page: Page) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.open: list[dict[str, Any]] = []
        self.answer: tuple[int, dict[str, Any]] = (202, {"state": "waiting"})
        page.route("**/actions/**", self._serve)

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
