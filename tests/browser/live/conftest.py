"""Pages before the real web, a worker and the simulator."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.live.in_place import Mailbox, acting
from tests.browser.live.profiles import signed_in
from tests.support.live import Stack
from tests.support.live_clients import SignedIn


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One web and a worker, for all modules; their users have names of their own."""
    with Stack(tmp_path_factory.mktemp("stack"), webs=1) as running:
        yield running


@pytest.fixture(scope="module")
def mailbox(stack: Stack, request: pytest.FixtureRequest) -> Mailbox:
    """The module's own, of the user with its name."""
    return acting(stack, request.module.__name__.rpartition("test_")[2])


@pytest.fixture
def user(mailbox: Mailbox) -> SignedIn:
    return mailbox.user


@pytest.fixture
def page(chromium: Browser, user: SignedIn) -> Iterator[Page]:
    with signed_in(chromium, user) as context:
        yield context.new_page()
