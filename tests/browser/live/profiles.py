"""Browser profiles in which a user of a real stack is signed in."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.support.live_clients import SignedIn


def signed_in(chromium: Browser, user: SignedIn, **options: Any) -> BrowserContext:
    """Return a new profile at the stack's first web; `options` are Playwright's."""
    context = chromium.new_context(base_url=user.urls[0], **options)
    context.add_cookies([{"name": "sessionid", "value": user.http.cookies["sessionid"], "url": user.urls[0]}])
    return context
