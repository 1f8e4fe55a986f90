"""The page of a member who acts: it posts what they do, and reads what it is told."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount
from tests.support.google.harness import Mailbox, events

ARCHIVE: dict[str, Any] = {"remove": ["INBOX"]}
STAR: dict[str, Any] = {"add": ["STARRED"]}
TRASH: dict[str, Any] = {"add": ["TRASH"], "remove": ["INBOX"]}


@dataclass
class ActingPage:
    """One user at one mailbox."""

    user: User
    account: GmailAccount
    browser: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.browser.force_login(self.user)

    def post(self, op: str = "", **body: Any) -> Any:
        """Ask for an act; returns the answer."""
        act = {"op": op or str(uuid.uuid4()), "account_id": self.account.pk, **body}
        return self.browser.post("/actions/", act, content_type="application/json")

    def act(self, messages: list[str], **what: Any) -> str:
        """Ask for an act that is taken; returns its op."""
        answer = self.post(messages=messages, **what)
        assert answer.status_code == 202, answer.content
        return str(answer.json()["op"])

    def undo(self, op: str, by: str = "") -> Any:
        """Take an act back; returns the answer."""
        body = {"op": by or str(uuid.uuid4())}
        return self.browser.post(f"/actions/{op}/undo/", body, content_type="application/json")

    def open(self) -> list[dict[str, Any]]:
        """Return what a reloaded page has to show over the list again."""
        waiting: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            answer = self.browser.get(f"/actions/?open=1&after={after}").json()
            waiting += answer["open"]
            after = answer.get("after")
        return waiting

    def settled(self) -> list[tuple[str, str, str, list[str]]]:
        """Return how the acts ended, as the page was told: op, state, reason, the messages that failed."""
        told = [payload for name, payload in events(self.user) if name == "action.settled"]
        return [(one["op"], one["state"], one["reason"], one["failed"]) for one in told]

    def states(self) -> list[str]:
        return [state for _, state, _, _ in self.settled()]


def labels_at_gmail(gmail: Mailbox) -> dict[str, set[str]]:
    return {message["id"]: set(message["label_ids"]) for message in gmail.state["messages"]}


def ids_of(gmail: Mailbox) -> list[str]:
    """Return the mailbox's messages, newest first."""
    return [message["id"] for message in gmail.state["messages"]]
