"""Debian's Chromium, driven by Playwright. Without it these tests are skipped, and say so."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.stream_server import StreamServer

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield chromium
        chromium.close()


@pytest.fixture
def server() -> Iterator[StreamServer]:
    server = StreamServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def context(browser: Browser, server: StreamServer) -> Iterator[BrowserContext]:
    """One browser profile; its pages never wait for jitter."""
    context = browser.new_context(base_url=server.url)
    context.add_init_script("Math.random = () => 0")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return open_tab(context)


def open_tab(context: BrowserContext) -> Page:
    """A blank page with the library in it: call listen() there."""
    page = context.new_page()
    page.goto("/blank")
    page.wait_for_function("window.ready")
    return page
