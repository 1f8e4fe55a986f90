"""`bin/screenshots`: the pages as they look with some mail, several mailboxes, and an hour of counting behind them."""

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from launcher.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.screenshots_scene import LEASE, seed
from tests.support.live import Stack
from tests.support.live_clients import SignedIn

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
Scheme = Literal["light", "dark"]
WIDE = ViewportSize(width=1100, height=620)
DESK = ViewportSize(width=1360, height=900)
LIST = ViewportSize(width=1360, height=560)
PHONE = ViewportSize(width=390, height=720)
LIMIT_BYTES = 150_000


class Studio:
    """Takes the pictures."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack

    def page(self, user: SignedIn, path: str, size: ViewportSize, scheme: Scheme = "light") -> Page:
        """The user's page in a window of this size."""
        url = self.stack.url()
        context = self.browser.new_context(base_url=url, viewport=size, color_scheme=scheme, reduced_motion="reduce")
        context.add_cookies([{"name": "sessionid", "value": user.http.cookies["sessionid"], "url": url}])
        context.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', 'false')")
        page = context.new_page()
        answer = page.goto(path)
        assert answer is None or answer.ok, f"{path} is not to be had"
        return page

    def take(self, page: Page, name: str) -> None:
        """Keep the picture, and end the page."""
        file = PICTURES / f"{name}.png"
        page.screenshot(path=file, animations="disabled")
        page.context.close()
        size = file.stat().st_size
        print(f"{file.relative_to(PICTURES.parent.parent)}: {size / 1_000:.0f} kB")  # noqa: T201
        assert size < LIMIT_BYTES, f"{file.name} is larger than {LIMIT_BYTES} bytes"

    def live(self, user: SignedIn, path: str, size: ViewportSize, scheme: Scheme = "light") -> Page:
        """The user's page once its stream is open."""
        page = self.page(user, path, size, scheme)
        expect(page.locator("[data-connection=live]")).to_be_visible()
        return page

    def take_mail(self, user: SignedIn) -> None:
        """Take the list, a conversation beside it, and what is said after an act."""
        lists: list[tuple[str, ViewportSize, Scheme]] = [
            ("inbox", WIDE, "light"),
            ("inbox-dark", WIDE, "dark"),
            ("inbox-phone", PHONE, "light"),
        ]
        for name, size, scheme in lists:
            self.take(self.live(user, "/", size, scheme), name)
        page = self.live(user, "/", WIDE)
        page.get_by_role("link", name=LEASE).click()
        expect(page.frame_locator(".message:last-child .frame").get_by_text("Dear team")).to_be_visible()
        expect(page.locator(".message:last-child .file")).to_be_visible()
        self.take(page, "conversation")
        page = self.live(user, "/", WIDE)
        for key in ("j", "j", "x", "j", "x", "e"):
            page.keyboard.press(key)
        expect(page.locator(".undo")).to_contain_text("Archived 2 conversations")
        self.take(page, "undo")


def main() -> None:
    if CHROMIUM is None:
        sys.exit("needs Chromium: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, Stack(Path(directory), "sqlite", webs=1) as stack:
        ann, operator = seed(stack)
        with sync_playwright() as playwright:
            studio = Studio(
                playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, "--disable-lcd-text"]),
                stack,
            )
            studio.take_mail(ann)
            studio.take(studio.live(ann, "/accounts/", WIDE), "mailboxes")
            studio.take(studio.page(operator, "/admin/gmail_sync/gmailaccount/", LIST), "admin-accounts")
            pictures: list[tuple[str, Scheme]] = [("dashboard", "light"), ("dashboard-dark", "dark")]
            for name, scheme in pictures:
                page = studio.page(operator, "/admin/realtime/", DESK, scheme)
                expect(page.locator(".plot canvas").last).to_be_visible()
                studio.take(page, name)


if __name__ == "__main__":
    main()
