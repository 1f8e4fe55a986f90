"""Colleagues who share a mailbox, each in a browser of their own, and the database's clock that a test may move."""

import json
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client

from gmail_sync.models import GmailAccount
from gmail_sync.presence import room_of
from realtime.models import Viewer

_clients = count(1)


class Browser:
    """A signed-in browser with one page on the mailbox."""

    def __init__(self, user: User, account: GmailAccount) -> None:
        self.user, self.account = user, account
        self.http = Client()
        self.http.force_login(user)
        self.client = f"page{next(_clients)}"

    def post(self, state: str = "viewing", **words: Any) -> Any:
        said = {"client": self.client, "room": room_of(self.account.pk), "state": state, **words}
        return self.http.post("/presence/", json.dumps(said), content_type="application/json")

    def beat(self, state: str = "viewing", **words: Any) -> dict[str, str]:
        """Beat; returns the names and states that were answered."""
        answer = self.post(state, **words)
        assert answer.status_code == 200, answer.content
        return {person["name"]: person["state"] for person in answer.json()["people"]}

    def open(self, *threads: str, state: str = "viewing") -> None:
        """Beat with these conversations open, each in a page of its own."""
        for thread in threads:
            self.beat(state, client=f"{self.client}-{thread}", inner=conversation(self.account, thread))

    def readers(self) -> dict[str, dict[str, str]]:
        """Beat; returns which conversations the others have open, by their names."""
        people = self.post().json()["people"]
        return {person["name"]: person["inner"] for person in people if "inner" in person}

    def show_readers(self, shown: str = "yes") -> int:
        """Press the button under Mailboxes; returns the status."""
        status: int = self.http.post(f"/accounts/{self.account.pk}/readers/", {"shown": shown}).status_code
        return status


def conversation(account: GmailAccount, thread: str) -> str:
    """Name the room of a conversation."""
    return f"message.{account.pk}.{thread}"


def later(seconds: float, **of: Any) -> None:
    """Let so much of the database's time pass for the rows."""
    Viewer.objects.filter(**of).update(seen_until=F("seen_until") - timedelta(seconds=seconds))
