"""The hand that turns the simulator's knobs (simulator/README.md)."""

from typing import Any

import httpx

Json = dict[str, Any]


class Google:
    """The simulator's control API; one connection, for one thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=30)

    def sim(self, verb: str, path: str, **body: Any) -> Json:
        """One call."""
        answer = self._http.request(verb, f"/sim/{path}", json=body)
        answer.raise_for_status()
        document: Json = answer.json() if answer.content else {}
        return document

    def create_mailbox(self, email: str, messages: int) -> None:
        """A mailbox with so many mails."""
        self.sim("POST", "mailboxes", email=email, messages=messages)

    def deliver(self, email: str, count: int = 1) -> list[str]:
        """So many mails arrive at once; returns their ids."""
        ids: list[str] = self.sim("POST", f"mailboxes/{email}/messages", count=count)["ids"]
        return ids

    def change(self, email: str, message_id: str, change: str, **what: list[str]) -> int:
        """`modify` (add, remove), `trash` or `delete`; returns the mailbox's historyId."""
        return int(self.sim("POST", f"mailboxes/{email}/messages/{message_id}/{change}", **what)["history_id"])

    def notify(self, email: str, history_id: int) -> None:
        """Push once more, whatever was pushed before."""
        self.sim("POST", f"mailboxes/{email}/notify", history_id=history_id)

    def unread_ids(self, email: str) -> list[str]:
        """The unread of the inbox that no case has starred, newest first."""
        messages = self.sim("GET", f"mailboxes/{email}")["messages"]
        return [
            one["id"] for one in messages if {"INBOX", "UNREAD"} == {"INBOX", "UNREAD", "STARRED"} & {*one["label_ids"]}
        ]

    def head(self, email: str) -> int:
        """The mailbox's present historyId."""
        return int(self.sim("GET", f"mailboxes/{email}")["history_id"])

    def units_by_mailbox(self) -> dict[str, dict[str, int]]:
        """What the calls for each mailbox have cost, by method."""
        return dict(self.sim("GET", "meter")["units_by_mailbox"])

    def units(self, email: str) -> dict[str, int]:
        """The same for one mailbox."""
        return self.units_by_mailbox().get(email, {})

    def refusals(self) -> int:
        """How many calls of Gmail's were answered 403 or 429."""
        calls = self.sim("GET", "meter")["calls"]
        return sum(count for method in calls.values() for status, count in method.items() if status in ("403", "429"))

    def access_token(self, email: str, client_id: str, client_secret: str) -> tuple[str, str]:
        """A consent without a browser: the access token and the refresh token."""
        redirect = "http://localhost/accounts/callback/"
        scope = "openid email https://www.googleapis.com/auth/gmail.readonly"
        code = self.sim("POST", "grant", email=email, client_id=client_id, redirect_uri=redirect, scope=scope)["code"]
        form = {"code": code, "client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect}
        answer = self._http.post("/token", data={**form, "grant_type": "authorization_code"})
        answer.raise_for_status()
        tokens = answer.json()
        return tokens["access_token"], tokens["refresh_token"]

    def watch(self, access_token: str, topic: str) -> None:
        """Ask for notifications as the mailbox's owner."""
        headers = {"Authorization": f"Bearer {access_token}"}
        self._http.post("/gmail/v1/users/me/watch", json={"topicName": topic}, headers=headers).raise_for_status()
