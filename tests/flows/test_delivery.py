"""From a change in Gmail to every page of its user, through real processes: once, in order, complete."""

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import act, in_gmail
from tests.support.live_page import Page
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_it_shows_on_every_page_what_is_in_gmail_and_to_nobody_else(shared: Stack) -> None:
    ann, bob = shared.sign_in("ann"), shared.sign_in("bob")
    email = "ann@gmail.example"
    ann.connect(email, messages=10)
    with Page(ann, 0) as first, Page(ann, 1) as second, bob.stream(1) as strange:
        archived = in_gmail(shared, email).keys() - first.labels.keys()  # before it was connected: not mirrored
        assert first.labels
        act(shared, email, 30, random.Random(0))
        eventually(lambda: first.agrees(shared, email, archived) and second.agrees(shared, email, archived))
        bob.connect("bob@gmail.example")
        theirs = strange.wait_for("account.status").payload["account_id"]
        assert {frame.payload["account_id"] for frame in strange.mail_events} == {theirs}
        assert {frame.event for frame in strange.mail_events} <= {"account.status", "mailbox.counts"}
        assert theirs != first.stream.mail_events[-1].payload["account_id"]


def test_both_users_of_one_mailbox_see_the_same(shared: Stack, user: SignedIn, email: str, page: Page) -> None:
    colleague = shared.sign_in(f"colleague-of-{user.name}")
    with Page(colleague, web=1) as other:
        colleague.connect(email)
        other.stream.wait_for("account.status")
        shared.simulator.deliver(email, count=3)
        eventually(lambda: page.agrees(shared, email) and other.agrees(shared, email) and page.labels)


def test_rule_08_a_page_that_is_cut_anywhere_loses_and_repeats_nothing(
    shared: Stack, user: SignedIn, email: str, page: Page
) -> None:
    chance = random.Random(1)
    with Page(user, web=1) as steady:
        for number in range(12):
            act(shared, email, 3, chance)
            page.come_back(web=number % 2, lost=number % 3)
        eventually(lambda: page.agrees(shared, email) and steady.agrees(shared, email))
        assert len(steady.frames) > 20
        eventually(lambda: page.frames[-len(steady.frames) :] == steady.frames)  # what both still get is on its way


def test_pushes_may_come_twice_and_in_any_order(shared: Stack, email: str, page: Page) -> None:
    shared.simulator.fault("push", email=email, duplicate=2, times=5)
    shared.simulator.fault("push", email=email, reorder=True, times=5)
    act(shared, email, 15, random.Random(2))
    shared.simulator.clear_faults()
    shared.simulator.change_account(email, "notify")  # the last one waits for the next, and would be lost without it
    eventually(lambda: page.agrees(shared, email) and page.labels)


def test_rule_03_a_change_whose_notification_gmail_drops_arrives_too(shared: Stack, email: str, page: Page) -> None:
    shared.simulator.deliver(email)
    time.sleep(0.4)
    shared.simulator.deliver(email)  # in the same second: nobody is notified
    eventually(lambda: page.agrees(shared, email) and len(page.labels) == 2)


def test_a_message_of_any_text_arrives(shared: Stack, email: str, page: Page) -> None:
    text = "line\u2028 break \u0085 \U0001f600 \u202e <b>&amp;</b> data: id: 7"
    shared.simulator.deliver(email, subject=text)
    eventually(lambda: page.agrees(shared, email) and page.labels)
    subjects = [frame.payload["message"]["subject"] for frame in page.frames if frame.event == "message.added"]
    assert subjects == [" ".join(text.split())]


@pytest.mark.any_database
def test_it_moves_a_page_in_a_real_browser(shared: Stack, user: SignedIn, email: str, chromium: "Browser") -> None:
    page = chromium.new_page()
    page.goto(shared.url())
    page.fill("[name=username]", user.name)
    page.fill("[name=password]", user.name)
    page.click("[type=submit]")
    (gmail_id,) = shared.simulator.deliver(email, subject="Straight from Gmail")
    page.locator(".row.unread", has_text="Straight from Gmail").wait_for()
    shared.simulator.change(email, gmail_id, "modify", remove=["UNREAD"])
    page.locator(".row:not(.unread)", has_text="Straight from Gmail").wait_for()
    shared.simulator.change(email, gmail_id, "trash")
    page.locator(".row", has_text="Straight from Gmail").wait_for(state="detached")
