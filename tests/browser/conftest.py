"""Pages in Chromium before a stream server that does what the test says."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.stream_server import StreamServer


@pytest.fixture
def server() -> Iterator[StreamServer]:
    server = StreamServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def context(chromium: Browser, server: StreamServer) -> Iterator[BrowserContext]:
    """One browser profile; its pages never wait for jitter."""
    context = chromium.new_context(base_url=server.url)
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
