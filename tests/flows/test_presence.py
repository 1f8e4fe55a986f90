"""Colleagues on one mailbox, at different webs, in real browsers, through everything that may fail between them."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from launcher.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.flows.relay import Relay
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import query
from tests.support.live_stream import Stream
from tests.support.waiting import eventually

NewUsers = Callable[[int], list[SignedIn]]


class Member:
    """A user who shares the mailbox, and beats without a browser."""

    def __init__(self, user: SignedIn, room: str) -> None:
        self.user, self.room = user, room

    def beat(self, state: str = "viewing", web: int = 0) -> list[str]:
        """Returns the names of the others."""
        url = self.user.urls[web]
        said = {"client": f"page-of-{self.user.name}", "room": self.room, "state": state}
        headers = {"X-CSRFToken": self.user.http.cookies["csrftoken"], "Referer": f"{url}/"}
        answer = self.user.http.post(f"{url}/presence/", json=said, headers=headers)
        if answer.status_code == 429:
            time.sleep(int(answer.headers["Retry-After"]))
            return self.beat(state, web)
        assert answer.status_code == 200, answer.text
        return [person["name"] for person in answer.json()["people"]]

    def sees(self, *names: str, web: int = 0) -> Callable[[], bool]:
        """Beat until these are there, and nobody else."""
        return lambda: self.beat(web=web) == sorted(names)


@pytest.fixture
def team(shared: Stack, new_users: NewUsers) -> list[Member]:
    """Two users of one mailbox."""
    ann, ben = new_users(2)
    ben.connect(f"{ann.name}@gmail.example")
    ((key,),) = query(shared, f"SELECT id FROM gmail_sync_gmailaccount WHERE email = '{ann.name}@gmail.example'")
    return [Member(user, f"mailbox.{key}") for user in (ann, ben)]


def lists(stream: Stream, room: str) -> list[list[str]]:
    """What the stream has told of the room, in order."""
    told = [frame.payload for frame in stream.frames if frame.event == "presence"]
    return [[person["name"] for person in payload["people"]] for payload in told if payload["room"] == room]


def changes(of: list[list[str]]) -> list[list[str]]:
    """The same without repetitions."""
    return [names for number, names in enumerate(of) if number == 0 or names != of[number - 1]]


def open_page(context: BrowserContext, member: Member, address: str) -> Page:
    cookies: Any = [{"name": name, "value": value, "url": address} for name, value in member.user.http.cookies.items()]
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{address}/?account={member.room.partition('.')[2]}")
    return page


def test_presence_01_who_comes_and_goes_at_one_web_is_told_at_the_other(shared: Stack, team: list[Member]) -> None:
    ann, ben = team
    with ann.user.stream(0) as stream, ben.user.stream(1) as own:
        began = time.monotonic()
        ben.beat(web=1)
        first = stream.wait_for("presence")
        print(f"FIGURE presence, from the beat to the other's stream: {first.at - began:.3f} s")  # noqa: T201
        assert first.id == stream.frames[stream.frames.index(first) - 1].id
        ben.beat("left", web=1)
        stream.wait_for("presence", count=2)
        own.wait_for("presence", count=2)
        assert lists(stream, ann.room) == [[ben.user.name], []]
        assert lists(own, ann.room) == [[], []]
    logs = "".join(shared.log(name) for name in shared.commands if name != "redis")
    assert ann.room not in logs  # 14: nobody reads there who looks at what


def test_presence_07_a_web_that_dies_takes_nobody_along(shared: Stack, team: list[Member]) -> None:
    ann, ben = team
    ben.beat(web=1)
    shared.kill("web1")
    try:
        assert ann.beat() == [ben.user.name]
    finally:
        shared.start("web1")


@pytest.mark.chaos
def test_presence_05_without_redis_the_answers_are_right(shared: Stack, team: list[Member]) -> None:
    ann, ben = team
    shared.kill("redis")
    try:
        assert (ben.beat(web=1), ann.beat()) == ([], [ben.user.name])
        ben.beat("left", web=1)
        eventually(ann.sees(), seconds=60)
    finally:
        shared.start("redis")
    with ann.user.stream(0) as stream:
        eventually(lambda: ann.user.get("/readyz").json()["redis"] == "ok", seconds=60)
        ben.beat(web=1)
        stream.wait_for("presence", where=lambda frame: bool(frame.payload["people"]))


@pytest.fixture
def relay(shared: Stack) -> Iterator[Relay]:
    """Stands before the webs, as a platform's router."""
    with Relay(shared.web_ports) as relay:
        yield relay


@pytest.mark.chaos
def test_presence_02_reloads_tabs_and_deploys_change_nothing_for_the_others(
    shared: Stack, team: list[Member], chromium: Browser, relay: Relay
) -> None:
    ann, ben = team
    address = f"http://127.0.0.1:{relay.port}"
    context = chromium.new_context()
    page = open_page(context, ben, address)
    page.locator("[data-connection=live]").wait_for()
    with ann.user.stream(1) as stream:
        eventually(ann.sees(ben.user.name), seconds=30)
        told = len(lists(stream, ann.room))
        for _ in range(200):
            with page.expect_navigation():  # whole: one that is left before its scripts run was never there
                page.evaluate("void setTimeout(() => location.reload())")  # Playwright's reload fails during a commit
        for _ in range(50):
            other = open_page(context, ben, address)
            page.close()
            page = other
        for _ in range(5):
            relay.switch(shared.web_ports[1])
            shared.stop("web0")
            shared.start("web0")
        page.wait_for_timeout(12_000)
        seen = lists(stream, ann.room)[told:]
    context.close()
    assert [names for names in seen if names != [ben.user.name]] == []


@pytest.mark.chaos
def test_presence_01_a_browser_that_is_killed_is_gone_in_half_a_minute(
    shared: Stack, team: list[Member], chromium: Browser
) -> None:
    ann, ben = team
    killed = chromium.browser_type.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
    open_page(killed.new_context(), ben, shared.url(0))
    with ann.user.stream(1) as stream:
        eventually(ann.sees(ben.user.name), seconds=60)
        processes = killed.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        (pid,) = [process["id"] for process in processes if process["type"] == "browser"]
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        gone = stream.wait_for("presence", where=lambda frame: frame.at > began and not frame.payload["people"])
        print(f"FIGURE presence, from the kill of a browser: {gone.at - began:.1f} s")  # noqa: T201
    assert changes(lists(stream, ann.room))[-1] == []
