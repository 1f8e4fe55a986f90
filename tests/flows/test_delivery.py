"""From a change in Gmail to every page of its user, through real processes: once, in order, complete."""

import random

from tests.flows.state import Follower, act, eventually, in_gmail, on_page
from tests.live import Stack
from tests.live_clients import SignedIn


def test_it_shows_nobody_elses_mail(shared: Stack, user: SignedIn, email: str, page: Follower) -> None:
    stranger = shared.sign_in(f"stranger-of-{user.name}")
    with stranger.stream(web=1) as stream:
        shared.simulator.deliver(email, count=3)
        eventually(lambda: page.agrees(shared, email) and page.frames)
        stranger.connect(f"{stranger.name}@gmail.example")
        stream.wait_for("account.status", 30)
        assert {frame.event for frame in stream.mail_events} == {"account.status"}


def test_both_users_of_one_mailbox_see_the_same(shared: Stack, user: SignedIn, email: str, page: Follower) -> None:
    colleague = shared.sign_in(f"colleague-of-{user.name}")
    with colleague.stream(web=1) as stream:
        colleague.connect(email)
        stream.wait_for("account.status", 30)
        shared.simulator.deliver(email, count=3)
        eventually(lambda: len(on_page(page.frames)) == 3 == len(on_page(stream.mail_events)))
        assert on_page(stream.mail_events) == on_page(page.frames) == in_gmail(shared, email)


def test_rule_08_a_page_that_is_cut_anywhere_loses_and_repeats_nothing(
    shared: Stack, user: SignedIn, email: str, page: Follower
) -> None:
    steady, chance = Follower(user, web=1), random.Random(1)
    for number in range(12):
        act(shared, email, 3, chance)
        page.come_back(web=number % 2)
    eventually(lambda: page.agrees(shared, email) and steady.agrees(shared, email))
    assert [(f.id, f.event, f.data) for f in page.frames] == [(f.id, f.event, f.data) for f in steady.frames]
    assert len(page.frames) > 20
    steady.close()


def test_pushes_may_come_twice_and_in_any_order(shared: Stack, email: str, page: Follower) -> None:
    shared.simulator.fault("push", email=email, duplicate=2, times=5)
    shared.simulator.fault("push", email=email, reorder=True, times=5)
    act(shared, email, 15, random.Random(2))
    shared.simulator.sim("DELETE", "faults")
    shared.simulator.change_account(email, "notify")  # the last one waits for the next, and would be lost without it
    eventually(lambda: page.agrees(shared, email))


def test_a_message_of_any_text_arrives(shared: Stack, email: str, page: Follower) -> None:
    text = "line\u2028 break \u0085 \U0001f600 \u202e <b>&amp;</b> data: id: 7"
    shared.simulator.deliver(email, subject=text)
    eventually(lambda: page.agrees(shared, email) and page.frames)
    subjects = [frame.data["message"]["subject"] for frame in page.frames if frame.event == "message.added"]
    assert subjects == [" ".join(text.split())]
