"""The simulator as a process of its own, and clients for it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import google.oauth2.credentials
import google_auth_httplib2
import googleapiclient
import httplib2
import httpx
from googleapiclient.discovery import build_from_document

from launcher.environment import ROOT
from simulator.client import Json, SimulatorClient

DISCOVERY = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
CLIENT_ID, CLIENT_SECRET = "client.apps.example", "secret"
REDIRECT_URI = "http://127.0.0.1:8000/accounts/callback/"
MODIFY = "https://www.googleapis.com/auth/gmail.modify"
FULL = "https://mail.google.com/"
TOPIC, SUBSCRIPTION = "projects/p/topics/mail", "projects/p/subscriptions/mail"


def discovery(api: str) -> Json:
    """Return the discovery document that google-api-python-client ships."""
    document: Json = json.loads((DISCOVERY / f"{api}.json").read_text())
    return document


class Simulator(SimulatorClient):
    """One run of `python -m simulator` on a free port."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "simulator", "--port", "0", *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        super().__init__(self.first_line.split()[-1], CLIENT_ID, CLIENT_SECRET, REDIRECT_URI)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.process.terminate()
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self) -> None:
        """Die without a chance to write anything."""
        self.process.kill()
        self.process.wait(timeout=30)

    def mailbox(self, email: str, messages: int = 0) -> "MailboxClient":
        """Create a mailbox; returns it with a grant."""
        self.create_mailbox(email, messages)
        return MailboxClient(self, email)

    def api(self, name: str, access_token: str = "") -> Any:
        """Google's own client, pointed at the simulator."""
        credentials = google.oauth2.credentials.Credentials(access_token or "none")
        http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http())
        return build_from_document({**discovery(name), "rootUrl": self.url}, http=http)


class MailboxClient:
    """A mailbox from both sides: Gmail's API with a token, and the control API."""

    def __init__(self, simulator: Simulator, email: str) -> None:
        self.simulator = simulator
        self.email = email
        self.tokens = simulator.tokens(email, f"openid email {MODIFY} {FULL}")
        self.users = simulator.api("gmail.v1", self.tokens["access_token"]).users()

    def call(self, verb: str, path: str, **more: Any) -> httpx.Response:
        """Call the Gmail API, below users/me/."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.simulator.http.request(verb, f"/gmail/v1/users/me/{path}", headers=headers, **more)

    def add(self, **what: Any) -> list[str]:
        """Let mail arrive."""
        return self.simulator.deliver(self.email, **what)

    def change(self, message_id: str, change: str, **what: Any) -> None:
        """Act on a message as its owner would in Gmail."""
        self.simulator.change(self.email, message_id, change, **what)

    def dump(self) -> Json:
        """Return the true state."""
        return self.simulator.dump(self.email)

    @property
    def head(self) -> int:
        """The present historyId."""
        return self.simulator.head(self.email)

    def history(self, start: int, **parameters: Any) -> Json:
        """history.list, one page."""
        answer: Json = self.call("GET", "history", params={"startHistoryId": start, **parameters}).json()
        return answer
