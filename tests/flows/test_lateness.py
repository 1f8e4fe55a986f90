"""A page before the whole product is told that nobody reads the mail, and when somebody does again."""

from typing import TYPE_CHECKING

import pytest

from tests.support.live import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOTICED_MS = 90_000  # a worker counts as alive for 30 s, and is looked for every 10 s


@pytest.mark.chaos
def test_the_page_says_that_no_worker_lives(stack: Stack, chromium: "Browser") -> None:
    user = stack.sign_in("ann")
    user.connect("ann@gmail.example")
    page = chromium.new_page()
    page.goto(f"{stack.url()}/login/")
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("ann")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(".connection-words", has_text="Live").wait_for()
    stack.kill("worker0")
    page.locator(".connection-words", has_text="New mail waits since").wait_for(timeout=NOTICED_MS)
    stack.start("worker0")
    page.locator(".connection-words", has_text="Live").wait_for(timeout=NOTICED_MS)
    page.close()
