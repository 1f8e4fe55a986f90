"""Who speaks to a stack: a signed-in user, and the hand that turns the simulator's knobs."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.support.live_stream import Stream

Json = dict[str, Any]


class SimulatorClient:
    """The control API (simulator/README.md), and mail that arrives."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=60)

    def sim(self, verb: str, path: str, **body: Any) -> Json:
        """One call of the control API."""
        answer = self._http.request(verb, f"/sim/{path}", json=body)
        answer.raise_for_status()
        document: Json = answer.json() if answer.content else {}
        return document

    def create_mailbox(self, email: str, messages: int = 0) -> None:
        """A mailbox with so many seeded mails; one that exists is left alone."""
        self.sim("POST", "mailboxes", email=email, messages=messages)

    def deliver(self, email: str, **what: Any) -> list[str]:
        """Mail arrives (count, subject, from, text, label_ids, ...); returns the ids."""
        ids: list[str] = self.sim("POST", f"mailboxes/{email}/messages", **what)["ids"]
        return ids

    def change(self, email: str, message_id: str, change: str, **what: Any) -> None:
        """`modify` (add, remove), `trash`, `untrash` or `delete` a message."""
        self.sim("POST", f"mailboxes/{email}/messages/{message_id}/{change}", **what)

    def change_account(self, email: str, change: str, **what: Any) -> None:
        """`revoke`, `expire_tokens`, `disappear`, `appear`, `expire_history`, `expire_watch`, `notify`."""
        self.sim("POST", f"mailboxes/{email}/{change}", **what)

    def fault(self, method: str, **what: Any) -> None:
        """Set a fault."""
        self.sim("POST", "faults", method=method, **what)

    def dump(self, email: str) -> Json:
        """The mailbox's true state."""
        return self.sim("GET", f"mailboxes/{email}")

    def close(self) -> None:
        """End the connection."""
        self._http.close()


class SignedIn:
    """A user's browser: one cookie jar for all webs."""

    def __init__(self, name: str, urls: list[str], simulator: SimulatorClient) -> None:
        self.name, self.urls, self.simulator = name, urls, simulator
        self.http = httpx.Client(timeout=60)
        answer = self.post("/login/", username=name, password=name)
        assert answer.status_code == 302, f"no login for {name}: {answer.status_code}"

    def get(self, path: str, web: int = 0) -> httpx.Response:
        """GET; redirects are not followed."""
        return self.http.get(self.urls[web] + path)

    def post(self, path: str, web: int = 0, **fields: str) -> httpx.Response:
        """POST a form with the CSRF token, as a page of ours does."""
        url = self.urls[web]
        if "csrftoken" not in self.http.cookies:
            self.http.get(f"{url}/login/")
        fields["csrfmiddlewaretoken"] = self.http.cookies["csrftoken"]
        return self.http.post(url + path, data=fields, headers={"Referer": url + path})

    def connect(self, email: str, messages: int = 0, web: int = 0, wait: bool = True) -> None:
        """Connect a mailbox by the real pages: ours, the simulator's consent, our callback. Waits for the first
        sync, since mail that comes before its end is found there and is no event."""
        self.simulator.create_mailbox(email, messages)
        if wait:
            with self.stream(web) as stream:
                self.connect(email, web=web, wait=False)
                stream.wait_for("account.status", where=lambda frame: frame.data["state"] == "connected")
            return
        asked = self.post("/accounts/connect/", web)
        assert asked.status_code == 302, asked.text
        address = urlsplit(asked.headers["location"])
        form = {**dict(parse_qsl(address.query)), "email": email, "decision": "allow"}
        consent = httpx.post(address._replace(query="").geturl(), data=form, timeout=60)
        assert consent.status_code == 302, consent.text
        callback = self.http.get(consent.headers["location"])
        assert callback.status_code == 302, callback.text

    def stream(self, web: int = 0, last_event_id: str | None = None) -> Stream:
        """Open the event stream; returns when its first frame is there."""
        return Stream(self.http, f"{self.urls[web]}/events/", last_event_id)
