"""A signed-in user: connects mailboxes by the real pages, and reads the event stream."""

import threading
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx
from httpx_sse import connect_sse

from bench.stack import Stack
from launcher.supervisor import Failed


@dataclass(frozen=True)
class Frame:
    """One event and when it came, by time.monotonic()."""

    event: str
    data: dict[str, Any]
    at: float


class Browser:
    """A new user, signed in; their password is their name."""

    def __init__(self, stack: Stack, name: str = "ann") -> None:
        self._stack = stack
        code = f"from django.contrib.auth.models import User; User.objects.create_user({name!r}, password={name!r})"
        stack.manage("shell", "--verbosity", "0", "-c", code)
        self.http = httpx.Client(base_url=stack.url, timeout=30)
        self._post("/login/", username=name, password=name)

    def connect(self, email: str) -> None:
        """Connect a mailbox by our button, the simulator's consent and our callback; the first sync begins."""
        asked = self._post("/accounts/connect/")
        address = urlsplit(asked.headers["location"])
        form = {**dict(parse_qsl(address.query)), "email": email, "decision": "allow"}
        consent = httpx.post(address._replace(query="").geturl(), data=form, timeout=30)
        callback = self.http.get(consent.headers["location"])
        if callback.status_code != 302:
            raise Failed(f"{email} was not connected: {callback.status_code} {callback.text[:200]}")

    def stream(self) -> "Stream":
        """Open the event stream."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return Stream(f"{self._stack.url}/events/", cookies)

    def _post(self, path: str, **fields: str) -> httpx.Response:
        if "csrftoken" not in self.http.cookies:
            self.http.get("/login/")
        fields["csrfmiddlewaretoken"] = self.http.cookies["csrftoken"]
        answer = self.http.post(path, data=fields, headers={"Referer": f"{self._stack.url}{path}"})
        if answer.status_code != 302:
            raise Failed(f"{path} answered {answer.status_code}")
        return answer


class Stream:
    """Collects frames in a thread of its own until it is closed."""

    def __init__(self, url: str, cookies: str) -> None:
        self.frames: list[Frame] = []
        self._news = threading.Condition()
        self._http = httpx.Client(timeout=httpx.Timeout(30, read=60), headers={"Cookie": cookies})
        self._closed = False
        self._thread = threading.Thread(target=self._read, args=(url,), daemon=True)
        self._thread.start()
        self.wait_for(lambda frames: bool(frames), 30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._closed = True  # the thread ends with its next frame, or with us

    def wait_for(self, condition: Any, seconds: float) -> bool:
        """Wait until the frames meet the condition; returns whether they did."""
        with self._news:
            return bool(self._news.wait_for(lambda: condition(self.frames), seconds))

    def wait_connected(self, emails: set[str], seconds: float) -> None:
        """Wait until the first syncs of these mailboxes have ended. Raises Failed."""

        def connected(frames: list[Frame]) -> bool:
            states = [frame.data for frame in frames if frame.event == "account.status"]
            return emails <= {data["email"] for data in states if data["state"] == "connected"}

        if not self.wait_for(connected, seconds):
            raise Failed(f"not all of {len(emails)} mailboxes were read within {seconds:.0f} s")

    def _read(self, url: str) -> None:
        try:
            with connect_sse(self._http, "GET", url) as source:
                for event in source.iter_sse():
                    if event.data:  # `retry` comes alone
                        self._take(Frame(event.event, event.json(), time.monotonic()))
                    if self._closed:
                        return
        except httpx.HTTPError:
            pass  # the web has ended

    def _take(self, frame: Frame) -> None:
        with self._news:
            self.frames.append(frame)
            self._news.notify_all()
