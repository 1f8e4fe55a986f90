"""Pages whose events come by Supabase: real ticket, publisher and pages, with Supabase played by the simulator."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from realtime.transport.supabase.relay import TOKEN_SECONDS
from tests.flows.channel_tabs import Tab, tabs_of
from tests.flows.crowd import tell
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import repeated
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BEAT_SECONDS = 3
DROP: dict[str, Any] = {"drop": True, "percent": 20}
DOUBLE: dict[str, Any] = {"duplicate": True, "percent": 30}
REORDER: dict[str, Any] = {"reorder": True, "percent": 20}
MET = {"drop": "dropped", "duplicate": "repeated", "reorder": "reordered"}
LEAST_MET = 3  # messages, by each fault: a page that loses three channels in a minute rests for the next one
CHAOS_SECONDS = 900


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose users are all on Supabase."""
    env = {"STREAM_HEARTBEAT_SECONDS": str(BEAT_SECONDS)}
    with Stack(tmp_path_factory.mktemp("stack"), env=env, supabase=True) as running:
        running.manage("transport", "on", "--percent", "100")
        yield running


@pytest.fixture(autouse=True)
def _calm(shared: Stack) -> Iterator[None]:
    shared.supabase.reset()
    shared.supabase.change(events_per_second=100_000, joins_per_second=1_000)
    yield
    shared.supabase.clear_faults()


@pytest.fixture(params=[2, pytest.param(3, marks=pytest.mark.chaos)], ids=["two_tabs", "three_tabs"])
def tabs(
    request: pytest.FixtureRequest, chromium: "Browser", shared: Stack, user: SignedIn, email: str
) -> Iterator[list[Tab]]:
    shared.simulator.deliver(email, count=20)
    eventually(lambda: len(user.get("/messages/").json()["messages"]) == 20)
    with tabs_of(chromium, user, request.param) as tabs:
        yield tabs


def change(shared: Stack, email: str, chance: random.Random) -> None:
    """Change a mail of the mailbox."""
    message = chance.choice(shared.simulator.dump(email)["messages"])
    labels = set(message["label_ids"])
    label = chance.choice(["UNREAD", "STARRED", "INBOX"])
    what = {"remove": [label]} if label in labels else {"add": [label]}
    shared.simulator.change(email, message["id"], "modify", **what)


def live_through(
    shared: Stack, user: SignedIn, tabs: list[Tab], events: int, *faults: dict[str, Any], kill_seconds: float = 0
) -> None:
    """Change mails until so many events have come and each fault has met some; then every tab has every event."""
    email, chance = f"{user.name}@gmail.example", random.Random(19)
    eventually(lambda: shared.supabase.state()["topics"])
    for seed, fault in enumerate(faults, start=1):
        shared.supabase.fault("delivery", seed=seed, **fault)

    def lived() -> bool:
        change(shared, email, chance)
        tabs[0].page.wait_for_timeout(50)
        return tabs[0].count >= events and met(shared, faults)

    killing = repeated(shared.supabase.kill, seconds=kill_seconds) if kill_seconds else nullcontext()
    with killing:
        eventually(lived, CHAOS_SECONDS, lambda: f"{tabs[0].count} events, {shared.supabase.state()['deliveries']}")
    shared.supabase.clear_faults()
    eventually(lambda: at_rest(shared, user))
    for tab in tabs:
        tab.has_all(user.get("/messages/").json()["cursor"])
        tab.shows(shared, email)


def met(shared: Stack, faults: Iterable[dict[str, Any]]) -> bool:
    """Tell whether each fault has met enough messages."""
    deliveries = shared.supabase.state()["deliveries"]
    return all(deliveries.get(MET[next(iter(fault))], 0) >= LEAST_MET for fault in faults)


def at_rest(shared: Stack, user: SignedIn) -> bool:
    """Tell whether the mirror is the mailbox."""
    email = f"{user.name}@gmail.example"
    gmail = {message["id"]: set(message["label_ids"]) for message in shared.simulator.dump(email)["messages"]}
    listed = {message["id"]: set(message["label_ids"]) for message in user.get("/messages/").json()["messages"]}
    return listed == {id_: labels for id_, labels in gmail.items() if "INBOX" in labels}


@pytest.mark.any_database
def test_page_30_a_page_on_the_channel_breaks_no_policy_and_has_every_event(
    shared: Stack, user: SignedIn, email: str, tabs: list[Tab]
) -> None:
    eventually(lambda: shared.supabase.state()["topics"])
    eventually(lambda: not any(tab.open for tab in tabs))
    opened = [tab.opened for tab in tabs]
    for number in range(5):
        shared.simulator.deliver(email, subject=f"by channel {number}")
        for tab in tabs:
            tab.page.locator(".row", has_text=f"by channel {number}").wait_for()
    for tab in tabs:
        tab.has_all(user.get("/messages/").json()["cursor"])
        assert tab.page.evaluate("violations") == []
        tab.page.locator("[data-connection=live]").wait_for()
    assert [tab.opened for tab in tabs] == opened  # nobody needed a stream for it
    user.post("/logout/")
    over = time.monotonic()
    for tab in tabs:
        tab.page.locator("[data-connection=signed-out]").wait_for()
    tell("a logout, until its pages have left the channel", [time.monotonic() - over])


@pytest.mark.chaos
def test_endings_33_pages_whose_session_is_over_by_age_leave_by_their_next_ticket(
    shared: Stack, user: SignedIn, tabs: list[Tab]
) -> None:
    eventually(lambda: not any(tab.open for tab in tabs))
    key, over = user.http.cookies["sessionid"], time.monotonic()
    shared.python(
        "from django.contrib.sessions.models import Session; from django.utils import timezone\n"
        f"Session.objects.filter(pk={key!r}).update(expire_date=timezone.now())"
    )
    for tab in tabs:
        tab.page.locator("[data-connection=signed-out]").wait_for(timeout=TOKEN_SECONDS * 1_000)
    eventually(lambda: shared.supabase.state()["sockets"] == 0)
    tell("a session over by age, until its pages have left", [time.monotonic() - over])


@pytest.mark.any_database
def test_operators_44_a_new_epoch_that_comes_over_supabase_ends_in_one_reload(
    shared: Stack, email: str, tabs: list[Tab]
) -> None:
    eventually(lambda: not any(tab.open for tab in tabs))
    loads = Counter[Any]()
    for tab in tabs:
        tab.page.on("load", lambda page: loads.update([page]))
    shared.manage("new_epoch")  # as after a restore
    for subject in ("first of another epoch", "second of another epoch"):
        shared.simulator.deliver(email, subject=subject)
        for tab in tabs:
            tab.page.locator(".row", has_text=subject).wait_for()
        eventually(lambda: not any(tab.open for tab in tabs))
    assert loads == {tab.page: 1 for tab in tabs}


@pytest.mark.chaos
def test_page_19_drops(shared: Stack, user: SignedIn, tabs: list[Tab]) -> None:
    live_through(shared, user, tabs, 1_000, DROP)
    assert sum(tab.opened for tab in tabs) > 2


@pytest.mark.chaos
def test_page_20_doubles(shared: Stack, user: SignedIn, tabs: list[Tab]) -> None:
    live_through(shared, user, tabs, 1_000, DOUBLE)


@pytest.mark.chaos
def test_page_21_reorders(shared: Stack, user: SignedIn, tabs: list[Tab]) -> None:
    live_through(shared, user, tabs, 1_000, REORDER)
    assert sum(tab.opened for tab in tabs) > 2


@pytest.mark.chaos
def test_page_22_all_of_them_with_sockets_killed_each_three_seconds(
    shared: Stack, user: SignedIn, email: str, tabs: list[Tab]
) -> None:
    live_through(shared, user, tabs, 1_000, REORDER, DROP, DOUBLE, kill_seconds=3)
    eventually(lambda: not any(tab.open for tab in tabs), 180)  # it is over, and the channel is relied on again
    opened = [tab.opened for tab in tabs]
    shared.simulator.deliver(email, subject="by channel")
    for tab in tabs:
        tab.page.locator(".row", has_text="by channel").wait_for()
    assert [tab.opened for tab in tabs] == opened
