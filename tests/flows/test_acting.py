"""Acts through real processes: from one member's request to Gmail and to the pages of all, also amid a long read."""

import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from simulator.client import Json
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import in_gmail

ENV = {"MIRROR_LIMIT": "3000"}
MORE_THAN_A_MINUTE_MAY_COST = 400  # messages, of 20 units each


def allow(user: SignedIn, email: str) -> int:
    """Consent to acts by the real pages; returns the mailbox's id."""
    accounts = user.get("/messages/").json()["accounts"]
    account_id = next(int(account["id"]) for account in accounts if account["email"] == email)
    address = urlsplit(user.post(f"/accounts/{account_id}/allow/").headers["location"])
    form = {**dict(parse_qsl(address.query)), "email": email, "decision": "allow"}
    consent = httpx.post(address._replace(query="").geturl(), data=form, timeout=60)
    assert user.http.get(consent.headers["location"]).headers["location"] == "/accounts/"
    return account_id


def act(user: SignedIn, account_id: int, messages: list[str], web: int = 0, **what: Any) -> str:
    """Ask for an act, as a page does; returns its op."""
    op = str(uuid.uuid4())
    body: Json = {"op": op, "account_id": account_id, "messages": messages, **what}
    headers = {"X-CSRFToken": user.http.cookies["csrftoken"], "Referer": user.urls[web]}
    answer = user.http.post(f"{user.urls[web]}/actions/", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return op


def test_an_act_reaches_gmail_and_every_page_and_is_settled_last(shared: Stack, user: SignedIn, email: str) -> None:
    colleague = shared.sign_in(f"colleague-of-{user.name}")
    colleague.connect(email)
    with user.stream(0) as mine, colleague.stream(1) as theirs:
        (message,) = shared.simulator.deliver(email, label_ids=["INBOX", "UNREAD"])
        account_id = allow(user, email)
        mine.wait_for("account.status", where=lambda frame: frame.payload["can_act"])
        mine.wait_for("message.added")
        op = act(user, account_id, [message], web=1, add=["TRASH"], remove=["INBOX"])
        settled = mine.wait_for("action.settled")
        changed = theirs.wait_for("message.changed")
    assert (settled.payload["op"], settled.payload["state"]) == (op, "done")
    assert (changed.payload["op"], changed.payload["by"]["name"]) == (op, user.name)
    assert [frame.event for frame in mine.mail_events if frame.payload.get("op") == op] == [
        "message.changed",
        "action.settled",
    ]
    assert in_gmail(shared, email)[message] == ["TRASH", "UNREAD"]


def test_mail_page_03_acts_are_sent_while_a_mailbox_is_filled_and_while_it_waits_for_its_budget(
    shared: Stack, user: SignedIn, email: str
) -> None:
    big = f"big-{email}"
    shared.simulator.create_mailbox(big, MORE_THAN_A_MINUTE_MAY_COST)
    with user.stream(0) as stream:
        user.connect(big, wait=False)
        stream.wait_for("account.status", where=lambda frame: bool(frame.payload.get("done")))
        account_id = allow(user, big)
        for number in (1, 2, 3):
            listed = user.get(f"/messages/?account={account_id}").json()["messages"]
            op = act(user, account_id, [listed[0]["id"]], remove=["INBOX"])
            settled = stream.wait_for("action.settled", count=number)
            assert (settled.payload["op"], settled.payload["state"]) == (op, "done")
            assert "INBOX" not in in_gmail(shared, big)[listed[0]["id"]]
        states = [frame.payload["state"] for frame in stream.mail_events if frame.event == "account.status"]
    assert states[-1] == "syncing"
