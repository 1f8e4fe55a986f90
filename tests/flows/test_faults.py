"""Two webs and two workers under everything at once: lost, doubled and late pushes, Google's faults, kill -9."""

import random
import time
from pathlib import Path

import pytest

from tests.flows.disagreement import eventually_agrees
from tests.support.live import Stack
from tests.support.live_mailbox import in_gmail
from tests.support.live_page import Page

EMAIL = "ann@gmail.example"


def disturb(stack: Stack, dice: random.Random) -> None:
    """Something goes wrong, as it does somewhere every day."""
    method = dice.choice(["history.list", "messages.get", "batch", "token", "push", "push", "push"])
    if method == "push":
        stack.simulator.fault("push", **{dice.choice(["drop", "duplicate", "reorder"]): True})
    else:
        stack.simulator.fault(method, status=dice.choice([429, 500, 503]))


def change(stack: Stack, dice: random.Random, ids: list[str]) -> None:
    """The owner does something in Gmail."""
    if len(ids) < 5 or dice.random() < 0.4:
        ids += stack.simulator.deliver(EMAIL)
        return
    gmail_id = dice.choice(ids)
    what = dice.choice(["modify", "modify", "modify", "trash", "untrash", "delete"])
    labels = {"add": ["STARRED"], "remove": dice.choice([["UNREAD"], ["INBOX"]])} if what == "modify" else {}
    stack.simulator.change(EMAIL, gmail_id, what, **labels)
    if what == "delete":
        ids.remove(gmail_id)


@pytest.mark.parametrize("changes", [60, pytest.param(370, marks=pytest.mark.chaos)], ids=["short", "long"])
def test_it_converges_whatever_was_lost_doubled_or_killed(tmp_path: Path, changes: int) -> None:
    dice = random.Random(changes)
    with Stack(tmp_path, webs=2, workers=2, env={"SYNC_POLL_SECONDS": "5", "SYNC_POLL_SILENT_SECONDS": "5"}) as stack:
        ann = stack.sign_in("ann")
        ann.connect(EMAIL, messages=10)
        page = Page(ann)
        archived = in_gmail(stack, EMAIL).keys() - page.labels.keys()
        ids = list(page.labels)
        for number in range(changes):
            if number % 3 == 0:
                disturb(stack, dice)
            change(stack, dice, ids)
            if number in (changes // 3, 2 * changes // 3):
                stack.kill(f"worker{number % 2}")
                stack.start(f"worker{number % 2}", wait=False)
            time.sleep(0.1)
        stack.simulator.clear_faults()
        eventually_agrees(page, stack, EMAIL, archived)

        for gmail_id in ids[:5]:
            stack.simulator.change(EMAIL, gmail_id, "delete")
        stack.simulator.change_account(EMAIL, "expire_history")
        stack.simulator.deliver(EMAIL, subject="after Gmail forgot")
        eventually_agrees(page, stack, EMAIL, archived)
        page.close()
