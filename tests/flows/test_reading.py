"""People read as much as they may, and the sync goes on: the two share a mailbox's minute at Gmail (budget.py)."""

import pytest

from tests.flows.test_acting import MORE_THAN_A_MINUTE_MAY_COST, act, allow
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import in_gmail

pytestmark = pytest.mark.any_database

ENV = {"MIRROR_LIMIT": "3000"}

# Openings of this moment: those of a slow machine's browsers would be spread over more than a minute.
OPEN = """
from gmail_sync.exceptions import QuotaSpent
from gmail_sync.reading import budget
try:
    while True:
        budget.spend({account_id}, 20)
except QuotaSpent:
    pass
"""


def read_on(stack: Stack, account_id: int) -> None:
    """Open mail until the readers' minute is used up."""
    stack.python(OPEN.format(account_id=account_id))


def at_the_limit(user: SignedIn, account_id: int, gmail_id: str) -> bool:
    answer = user.get(f"/messages/{account_id}/{gmail_id}/raw/")
    return answer.status_code == 503 and "Gmail wants a pause" in answer.text


def test_mail_page_16_new_mail_comes_while_reading_is_at_its_limit(shared: Stack, user: SignedIn, email: str) -> None:
    with user.stream() as stream:
        (first,) = shared.simulator.deliver(email, label_ids=["INBOX"])
        stream.wait_for("message.added")
        account_id = int(user.get("/messages/").json()["accounts"][0]["id"])
        read_on(shared, account_id)
        for count in (2, 3, 4):
            (arrived,) = shared.simulator.deliver(email, label_ids=["INBOX"])
            added = stream.wait_for("message.added", count=count)
            assert added.payload["message"]["id"] == arrived
            assert at_the_limit(user, account_id, first)  # so it came within the same minute


def test_an_act_is_sent_while_batches_and_reading_are_at_their_limits(
    shared: Stack, user: SignedIn, email: str
) -> None:
    big = f"big-{email}"
    shared.simulator.create_mailbox(big, MORE_THAN_A_MINUTE_MAY_COST)
    with user.stream() as stream:
        user.connect(big, wait=False)
        stream.wait_for("account.status", where=lambda frame: bool(frame.payload.get("done")))
        account_id = allow(user, big)
        first, second = [one["id"] for one in user.get(f"/messages/?account={account_id}").json()["messages"]][:2]
        stream.wait_for("account.status", where=lambda frame: (frame.payload.get("done") or 0) >= 250)
        read_on(shared, account_id)
        op = act(user, account_id, [first], remove=["INBOX"])
        settled = stream.wait_for("action.settled")
        assert (settled.payload["op"], settled.payload["state"]) == (op, "done")
        assert at_the_limit(user, account_id, second)
    assert "INBOX" not in in_gmail(shared, big)[first]
