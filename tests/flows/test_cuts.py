"""Connections break at any byte while mail comes: whoever comes back, at whichever web, has lost nothing."""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.flows.relay import Relay
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import busy, repeated
from tests.support.live_page import Page
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

CUTS = 1000
PAGES = 2  # of each user


def come_back_when_cut(page: Page) -> None:
    if page.stream.ended.wait(1):
        page.come_back()


def test_rule_08_a_thousand_cuts_at_random_bytes_lose_and_repeat_nothing(
    shared: Stack, new_users: Callable[[int], list[SignedIn]]
) -> None:
    users, began = new_users(3), time.monotonic()
    with ExitStack() as relays:
        lines = [relays.enter_context(Relay(shared.web_ports, random.Random(n))) for n in range(PAGES * len(users))]
        pages = [
            Page(user, address=f"http://127.0.0.1:{line.port}") for user, line in zip(users * PAGES, lines, strict=True)
        ]
        emails = [f"{user.name}@gmail.example" for user in users]
        cuts = [lambda page=page: come_back_when_cut(page) for page in pages]
        with busy(shared, *emails, seed=8), repeated(*cuts, seconds=0):
            eventually(lambda: sum(line.cuts for line in lines) >= CUTS, 300)
        for page in pages:
            email = f"{page.user.name}@gmail.example"
            page.address = None
            page.come_back()
            eventually(lambda page=page, email=email: page.agrees(shared, email))  # type: ignore[misc]
            page.close()
    events = [len(page.frames) for page in pages]
    assert min(events) > 20
    seconds = time.monotonic() - began
    print(f"FIGURE cuts: {sum(line.cuts for line in lines)} in {seconds:.0f} s, {sum(events)} events")  # noqa: T201
