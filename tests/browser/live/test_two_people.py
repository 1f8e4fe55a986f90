"""Two people, two tabs each, one mailbox: they act at random while everything fails, and all ends at Gmail's state."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.live.effects import more_than_asked
from tests.browser.live.in_place import Mailbox, acting, live
from tests.browser.live.profiles import signed_in
from tests.support.live import Stack
from tests.support.live_mailbox import in_gmail, query
from tests.support.waiting import eventually

# Each row that is in the list still, with what it shows of its conversation.
SHOWN = """() => [...document.querySelectorAll("#rows .row:not(.gone)")].map(({ dataset, classList }) =>
  [dataset.thread, classList.contains("unread"), classList.contains("starred")]).sort()"""
MARKS = {"UNREAD", "STARRED"}  # the owner does not change them
UNCONFIRMED = re.compile("Saving|not confirmed")
VERBS = ["e", "e", "#", "s", "s", "Shift+I", "Shift+U", "z"]


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), webs=2, workers=2) as running:
        yield running


@dataclass
class World:
    """The mailbox, its two people's browsers, and what happens to them."""

    mailbox: Mailbox
    people: list[BrowserContext]
    pages: list[Page]
    chance: random.Random
    posted: set[str] = field(default_factory=set)
    offline: list[BrowserContext] = field(default_factory=list)

    @property
    def stack(self) -> Stack:
        return self.mailbox.stack

    def act(self) -> None:
        """Somebody walks a little through one of the lists, and does something."""
        page = self.chance.choice(self.pages)
        for _ in range(self.chance.randint(1, 3)):
            page.keyboard.press(self.chance.choice("jjk"))
        page.keyboard.press(self.chance.choice(VERBS))

    def disturb(self) -> None:
        """Something goes wrong, or comes from Gmail itself."""
        match self.chance.choice(["cut", "refuse", "lose", "fail", "kill", "late", "swap", "owner", "owner"]):
            case "cut" if not self.offline:
                self.offline = [self.chance.choice(self.people)]
                self.offline[0].set_offline(True)
            case "cut" | "refuse":
                self.stack.simulator.fault("messages.modify", status=self.chance.choice([400, 404, 429]), retry_after=1)
            case "lose":  # the worker dies after the call: nobody hears its answer
                self.stack.simulator.fault("batch", drop=True)
            case "fail":
                self.stack.simulator.fault("messages.modify", status=500)
            case "late":  # the history has moved, and lists nothing of it yet
                self.stack.simulator.fault("history.list", lag=2, times=3)
            case "swap":
                self.stack.simulator.fault("push", reorder=True)
            case "kill":
                name = self.chance.choice(["worker0", "worker1"])
                self.stack.kill(name)
                self.stack.start(name, wait=False)
            case _:
                self._owner()

    def _owner(self) -> None:
        """The owner moves mail back into the inbox, in Gmail."""
        outside = [one for one, labels in in_gmail(self.stack, self.mailbox.email).items() if "INBOX" not in labels]
        for gmail_id in self.chance.sample(outside, min(3, len(outside))):
            labels = {"add": ["INBOX"], "remove": ["TRASH"]}
            self.stack.simulator.change(self.mailbox.email, gmail_id, "modify", **labels)

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        self.stack.simulator.clear_faults()
        for context in self.offline:
            context.set_offline(False)
        self.offline = []

    def truth(self) -> list[Any]:
        inbox = in_gmail(self.stack, self.mailbox.email).items()
        shown = [(one, labels) for one, labels in inbox if "INBOX" in labels and not {"TRASH", "SPAM"} & set(labels)]
        return sorted([one, "UNREAD" in labels, "STARRED" in labels] for one, labels in shown)

    def agrees(self) -> bool:
        """Tell whether no act is open and every page shows what Gmail has; who looks away loses the rows that went."""
        if query(self.stack, "SELECT 1 FROM gmail_sync_labelaction WHERE state = 'waiting'"):
            return False
        truth = self.truth()
        return all(page.evaluate(SHOWN) == truth for page in self.pages)

    def differences(self) -> str:
        waiting = query(self.stack, "SELECT op, state, created_at FROM gmail_sync_labelaction WHERE state = 'waiting'")
        account = query(self.stack, "SELECT failures, last_error, retry_at, acts_due FROM gmail_sync_gmailaccount")
        truth = self.truth()
        shown = [page.evaluate(SHOWN) for page in self.pages]
        differing = [[row for row in rows if row not in truth] for rows in shown]
        lacking = [[row for row in truth if row not in rows] for rows in shown]
        return f"waiting {waiting}, account {account}, shown and not so {differing}, so and not shown {lacking}"


@pytest.fixture
def world(stack: Stack, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[World]:
    mails = request.param[1]
    ann = acting(stack, "ann")
    ben = stack.sign_in("ben")
    ben.connect(ann.email, web=1)
    ann.receive(*[f"letter {number}" for number in range(mails)])
    bens = Mailbox(stack, ben, ann.email, ann.account_id)
    people = [signed_in(chromium, mailbox.user) for mailbox in (ann, bens)]
    pages = [context.new_page() for context in people for _ in range(2)]
    world = World(ann, people, pages, random.Random(mails))
    for page in pages:
        live(page, "/")
        page.on("request", lambda asked: _note(world, asked.url, asked.post_data))
    yield world
    for context in people:
        context.close()


def _note(world: World, url: str, body: str | None) -> None:
    if "/actions/" in url and body:
        world.posted.add(json.loads(body)["op"])


@pytest.mark.parametrize(
    "world",
    [(60, 12), pytest.param((500, 40), marks=pytest.mark.chaos)],
    ids=["short", "long"],
    indirect=True,
)
def test_mail_page_01_presence_18_two_people_act_and_every_page_ends_at_gmails_state(
    world: World, request: pytest.FixtureRequest
) -> None:
    acts = request.node.callspec.params["world"][0]
    for number in range(acts):
        world.act()
        if number % 4 == 3:
            world.disturb()
        if number % 12 == 11:
            world.calm()
    world.calm()
    eventually(world.agrees, seconds=400, why=world.differences)
    stored = query(world.stack, "SELECT op, state FROM gmail_sync_labelaction")
    told = query(world.stack, "SELECT payload FROM realtime_storedevent WHERE type = 'action.settled'")
    ops = sorted(str(json.loads(payload)["op"]) for (payload,) in told)
    assert ops == sorted(str(op) if "-" in str(op) else _dashed(str(op)) for op, _ in stored)  # each settled once
    assert set(ops) <= world.posted
    assert len({state for _, state in stored}) > 1  # something was refused, or taken back
    assert not more_than_asked(world.stack, world.mailbox.email, MARKS)  # each difference once
    for page in world.pages:
        assert page.evaluate("document.activeElement !== document.body")
        expect(page.locator(".connection-words")).not_to_have_text(UNCONFIRMED)


def _dashed(op: str) -> str:
    """SQLite keeps a UUID without its dashes."""
    return f"{op[:8]}-{op[8:12]}-{op[12:16]}-{op[16:20]}-{op[20:]}"
