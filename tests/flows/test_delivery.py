"""From a change in Gmail to every page of its user, through real processes: once, in order, complete."""

import random

from tests.flows.state import Follower, act, eventually, in_gmail, in_mirror, on_page
from tests.live import Stack
from tests.live_clients import SignedIn


def test_it_brings_every_change_to_every_page(stack: Stack, user: SignedIn, email: str, page: Follower) -> None:
    other = Follower(user, web=1)
    first, second, third, fourth, *_ = stack.simulator.deliver(email, count=20)
    eventually(lambda: len(on_page(page.frames)) == 20)
    stack.simulator.change(email, first, "modify", remove=["UNREAD"])
    stack.simulator.change(email, first, "modify", add=["STARRED"])
    stack.simulator.change(email, second, "modify", remove=["INBOX"])
    stack.simulator.change(email, third, "trash")
    stack.simulator.change(email, fourth, "delete")
    eventually(lambda: page.agrees(stack, email) and other.agrees(stack, email))
    labels = on_page(page.frames)
    assert len(labels) == 19
    assert labels[first] == ["INBOX", "STARRED"]
    assert "INBOX" not in labels[second]
    assert "TRASH" in labels[third]
    assert [(f.id, f.event, f.data) for f in page.frames] == [(f.id, f.event, f.data) for f in other.frames]
    other.close()


def test_it_shows_nobody_elses_mail(stack: Stack, user: SignedIn, email: str, page: Follower) -> None:
    stranger = stack.sign_in(f"stranger-of-{user.name}")
    with stranger.stream(web=1) as stream:
        stack.simulator.deliver(email, count=3)
        eventually(lambda: page.agrees(stack, email) and page.frames)
        stranger.connect(f"{stranger.name}@gmail.example")
        stream.wait_for("account.status", 30)
        assert {frame.event for frame in stream.mail_events} == {"account.status"}


def test_both_users_of_one_mailbox_see_the_same(stack: Stack, user: SignedIn, email: str, page: Follower) -> None:
    colleague = stack.sign_in(f"colleague-of-{user.name}")
    with colleague.stream(web=1) as stream:
        colleague.connect(email)
        stream.wait_for("account.status", 30)
        stack.simulator.deliver(email, count=3)
        eventually(lambda: len(on_page(page.frames)) == 3 == len(on_page(stream.mail_events)))
        assert on_page(stream.mail_events) == on_page(page.frames) == in_gmail(stack, email)


def test_a_page_that_is_cut_anywhere_loses_and_repeats_nothing(stack: Stack, email: str, page: Follower) -> None:
    chance = random.Random(1)
    for round_ in range(12):
        act(stack, email, 3, chance)
        page.come_back(web=round_ % 2)
    eventually(lambda: page.agrees(stack, email))
    assert len(page.frames) > 20


def test_pushes_may_come_twice_and_in_any_order(stack: Stack, email: str, page: Follower) -> None:
    stack.simulator.fault("push", email=email, duplicate=2, times=5)
    stack.simulator.fault("push", email=email, reorder=True, times=5)
    act(stack, email, 15, random.Random(2))
    eventually(lambda: page.agrees(stack, email))
    stack.simulator.sim("DELETE", "faults")


def test_a_message_of_any_text_arrives(stack: Stack, email: str, page: Follower) -> None:
    text = "line\u2028break\u0085 \U0001f600 \u202e <b>&amp;</b> data: id: 7"
    stack.simulator.deliver(email, subject=text)
    eventually(lambda: page.agrees(stack, email) and page.frames)
    subjects = [frame.data["message"]["subject"] for frame in page.frames if frame.event == "message.added"]
    assert subjects == [text]
    assert in_mirror(stack, email)
