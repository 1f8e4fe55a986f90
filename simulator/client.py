"""A client of the control API and of the token endpoint (README.md): it speaks HTTP, and imports nothing of ours."""

from typing import Any

import httpx

Json = dict[str, Any]
SCOPE = "openid email https://www.googleapis.com/auth/gmail.readonly"


class SimulatorClient:
    """The simulator at an address, as one OAuth client asks it. Threads may share it.

    A refusal raises httpx.HTTPStatusError, but for `token`, which returns the answer as it is.
    """

    def __init__(
        self,
        url: str,
        client_id: str = "client.apps.example",
        client_secret: str = "client-secret",
        redirect_uri: str = "http://localhost/accounts/callback/",
    ) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60, verify=False)  # plain http: no certificates are read
        self._client = {"client_id": client_id, "redirect_uri": redirect_uri}
        self._client_secret = client_secret

    def close(self) -> None:
        """End the connections."""
        self.http.close()

    def sim(self, verb: str, path: str, **body: Any) -> Json:
        """Call the control API, below /sim/."""
        answer = self.http.request(verb, f"/sim/{path}", json=body)
        answer.raise_for_status()
        document: Json = answer.json() if answer.content else {}
        return document

    def create_mailbox(self, email: str, messages: int = 0) -> None:
        """Create a mailbox with so many seeded mails; one that exists is left alone."""
        self.sim("POST", "mailboxes", email=email, messages=messages)

    def dump(self, email: str) -> Json:
        """Return the mailbox's true state."""
        return self.sim("GET", f"mailboxes/{email}")

    def head(self, email: str) -> int:
        """Return the mailbox's present historyId."""
        return int(self.dump(email)["history_id"])

    def deliver(self, email: str, **what: Any) -> list[str]:
        """Let mail arrive (count, subject, from, text, label_ids, ...); returns the ids, oldest first."""
        ids: list[str] = self.sim("POST", f"mailboxes/{email}/messages", **what)["ids"]
        return ids

    def change(self, email: str, message_id: str, change: str, **what: Any) -> int:
        """`modify` (add, remove), `trash`, `untrash` or `delete` a message; returns the mailbox's historyId."""
        return int(self.sim("POST", f"mailboxes/{email}/messages/{message_id}/{change}", **what)["history_id"])

    def change_account(self, email: str, change: str, **what: Any) -> None:
        """`revoke`, `expire_tokens`, `disappear`, `appear`, `expire_history`, `expire_watch`, `notify`, `rename`."""
        self.sim("POST", f"mailboxes/{email}/{change}", **what)

    def fault(self, method: str, **what: Any) -> None:
        """Set a fault."""
        self.sim("POST", "faults", method=method, **what)

    def clear_faults(self) -> None:
        """Clear all faults."""
        self.sim("DELETE", "faults")

    def meter(self) -> Json:
        """Return the calls and units since the last reset."""
        return self.sim("GET", "meter")

    def reset_meter(self) -> None:
        """Count from nothing again."""
        self.sim("DELETE", "meter")

    def code(self, email: str, scope: str = SCOPE, **more: str) -> str:
        """Consent without the page; returns the authorization code."""
        return str(self.sim("POST", "grant", email=email, **{**self._client, "scope": scope, **more})["code"])

    def token(self, **fields: str) -> httpx.Response:
        """Call the token endpoint."""
        return self.http.post("/token", data={**self._client, "client_secret": self._client_secret, **fields})

    def tokens(self, email: str, scope: str = SCOPE) -> Json:
        """Consent without the page; returns the answer with the tokens."""
        answer = self.token(grant_type="authorization_code", code=self.code(email, scope))
        answer.raise_for_status()
        tokens: Json = answer.json()
        return tokens
