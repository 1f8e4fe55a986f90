"""Gives a stack's users: each signed in, with one cookie jar for all webs."""

from urllib.parse import parse_qsl, urlsplit

import httpx

from simulator.client import SimulatorClient
from tests.support.live_stream import Stream
from tests.support.trust import trusted


class SignedIn:
    """A user's browser: one cookie jar for all webs."""

    def __init__(self, name: str, urls: list[str], simulator: SimulatorClient) -> None:
        self.name, self.urls, self.simulator = name, urls, simulator
        self.http = httpx.Client(timeout=60, verify=trusted())
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
                stream.wait_for("account.status", where=lambda frame: frame.payload["state"] == "connected")
            return
        asked = self.post("/accounts/connect/", web)
        assert asked.status_code == 302, asked.text
        address = urlsplit(asked.headers["location"])
        form = {**dict(parse_qsl(address.query)), "email": email, "decision": "allow"}
        consent = httpx.post(address._replace(query="").geturl(), data=form, timeout=60, verify=trusted())
        assert consent.status_code == 302, consent.text
        callback = self.http.get(consent.headers["location"])
        assert callback.status_code == 302, callback.text

    def stream(self, web: int = 0, last_event_id: str | None = None) -> Stream:
        """Open the event stream; returns when its first frame is there."""
        return Stream(self.http, f"{self.urls[web]}/events/", last_event_id)
