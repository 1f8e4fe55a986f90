"""A process dies, hangs or is replaced while mail comes: pages notice a delay at most."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import busy, query, repeated
from tests.support.live_page import Page
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

WEBS = 3


def test_rule_17_pages_of_a_killed_and_of_a_drained_web_go_on_at_a_third(
    shared: Stack, new_users: Callable[[int], list[SignedIn]]
) -> None:
    users = new_users(3)
    emails = [f"{user.name}@gmail.example" for user in users]
    pages = [Page(user, web) for user in users for web in (1, 2, 1, 2)]

    def come_back_when_ended(page: Page) -> None:
        if page.stream.ended.wait(1):
            page.come_back(web=0)

    comings = [lambda page=page: come_back_when_ended(page) for page in pages]
    with busy(shared, *emails, seed=5), repeated(*comings):
        time.sleep(2)
        shared.supervisor.children["web2"].signal(signal.SIGTERM)
        shared.kill("web1")
        shared.stop("web2", seconds=12)
        eventually(lambda: all(len(page.streams) == 2 for page in pages))
        for name in ("web1", "web2"):
            shared.start(name)
    for page in pages:
        email = f"{page.user.name}@gmail.example"
        eventually(lambda page=page, email=email: page.agrees(shared, email))  # type: ignore[misc]
        assert len(page.frames) > 5
        page.close()
    gaps = [page.streams[1].frames[0].at - page.streams[0].frames[-1].at for page in pages]
    print(f"FIGURE killed and drained: {len(pages)} streams, longest silence {max(gaps):.2f} s")  # noqa: T201


def test_rule_04_a_worker_killed_in_the_middle_of_a_sync_repeats_it(shared: Stack, email: str, page: Page) -> None:
    shared.simulator.fault("batch", delay=30, times=1)
    shared.simulator.deliver(email, count=30)
    eventually(lambda: query(shared, "SELECT 1 FROM gmail_sync_gmailaccount WHERE claim <> ''"))
    time.sleep(1)
    shared.kill("worker0")
    shared.start("worker0")
    assert page.labels == {}
    eventually(lambda: page.agrees(shared, email))
    assert [frame.event for frame in page.frames].count("message.added") == 30


def test_rule_17_a_web_that_is_replaced_says_bye_and_ends_in_time(shared: Stack, user: SignedIn, email: str) -> None:
    pages = [Page(user, web=1) for _ in range(8)]
    with busy(shared, email, seed=6):
        shared.stop("web1", seconds=12)
        assert "Finished server process" in shared.log("web1")
        for page in pages:
            page.streams[-1].wait_for_end()
            last = page.streams[-1].frames[-1]
            assert (last.event, last.payload) == ("bye", {"reason": "deploy"})
            assert page.streams[-1].retries[-1] >= 500
            page.come_back(web=0)
        shared.start("web1")
    for page in pages:
        eventually(lambda page=page: page.agrees(shared, email))  # type: ignore[misc]
        page.close()


def test_rule_17_a_web_ends_in_time_while_redis_hangs(shared: Stack, user: SignedIn) -> None:
    page = Page(user, web=1)
    shared.pause("redis")
    try:
        shared.stop("web1", seconds=12)
    finally:
        shared.resume("redis")
        shared.start("web1")
    assert page.streams[-1].frames[-1].payload == {"reason": "deploy"}
