"""Pages in Chromium before a stream server that does what the test says."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from gmail_sync.models import GmailAccount, Message
from tests.browser.acts import Acts
from tests.browser.axe import AXE
from tests.browser.beats import Beats
from tests.browser.relayed import COUNT_SOCKETS, Relayed
from tests.browser.site import Site
from tests.browser.stream_server import StreamServer
from tests.support.chromium import chromium_running
from tests.support.environment import STRICT
from tests.support.inbox import connected, mail
from tests.support.supabase import Supabase


@pytest.fixture
def axe() -> str:
    """The text of axe-core."""
    if not AXE.exists():
        (pytest.fail if STRICT else pytest.skip)("npm packages: bin/test installs them")
    return AXE.read_text()


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
    return context.new_page()


@pytest.fixture
def acts(page: Page) -> Acts:
    """The server of acts, which takes everything from the page."""
    return Acts(page)


@pytest.fixture
def mails(account: GmailAccount) -> list[Message]:
    """Five unread conversations; "number 5" is the newest."""
    return [mail(account, number, "INBOX", "UNREAD", subject=f"number {number}") for number in range(1, 6)]


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return open_tab(context)


def open_tab(context: BrowserContext) -> Page:
    """A blank page with the library in it: call listen() there."""
    page = context.new_page()
    page.goto("/blank")
    page.wait_for_function("() => window.ready")
    return page


@pytest.fixture
def relayed(context: BrowserContext, server: StreamServer, supabase: Supabase) -> Relayed:
    """A channel for its pages, whose clock the test puts forward."""
    context.clock.install()
    context.add_init_script(COUNT_SOCKETS)
    return Relayed(server, supabase, lambda: open_tab(context))


@pytest.fixture(scope="package")
def chromium(database_beside_playwright: None) -> Iterator[Browser]:
    """One for all of these tests: each takes a profile of its own. Elsewhere it is of a module."""
    with chromium_running() as browser:
        yield browser


@pytest.fixture(scope="package")
def database_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, which Django takes for an async caller."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def site(database_beside_playwright: None, server: StreamServer, client: Client) -> Site:
    return Site(server, client)


@pytest.fixture
def account(site: Site) -> GmailAccount:
    return connected(site.user)


@pytest.fixture
def beats(context: BrowserContext, account: GmailAccount) -> Beats:
    """The page's beats on a mailbox that Ben sees, too."""
    account.users.add(User.objects.create_user("ben"))
    return Beats(context, account)
