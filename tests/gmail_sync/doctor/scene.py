"""The scene in which faults are planted: all is well between a simulator, a Valkey, a web and the database."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import redis

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.pubsub.setup import GMAIL_PUBLISHER
from tests.support.environment import PUSH_SERVICE_ACCOUNT, TOPIC
from tests.support.google.harness import Mailbox
from tests.support.google.raw_server import RawServer, Visit, answers
from tests.support.google.service_account import write_key
from tests.support.http_server import Handler

SUBSCRIPTION = "projects/test/subscriptions/doctor"
PUBLISHER = {"role": "roles/pubsub.publisher", "members": [GMAIL_PUBLISHER]}
Json = dict[str, Any]


@dataclass
class Scene:
    """Everything that a fault may be planted in; `web` and `stranger` are addresses."""

    settings: Any
    gmail: Mailbox
    account: GmailAccount
    web: str
    stranger: str
    end: ExitStack

    @property
    def root(self) -> str:
        return self.gmail.simulator.url.rstrip("/")

    def push_to(self, endpoint: str = "", audience: str = "", account: str = PUSH_SERVICE_ACCOUNT) -> None:
        """Change where the subscription pushes, and how it is signed."""
        token = {"serviceAccountEmail": account, "audience": audience or f"{self.web}/gmail/push/"}
        self.patch(pushConfig={"pushEndpoint": endpoint or f"{self.web}/gmail/push/", "oidcToken": token})

    def patch(self, **changes: Any) -> None:
        """Change the subscription."""
        body = {"subscription": changes, "updateMask": ",".join(changes)}
        httpx.patch(f"{self.root}/v1/{SUBSCRIPTION}", json=body).raise_for_status()

    def policy(self, *bindings: Json) -> None:
        """Replace the topic's policy."""
        body = {"policy": {"bindings": list(bindings)}}
        httpx.post(f"{self.root}/v1/{TOPIC}:setIamPolicy", json=body).raise_for_status()

    def watch(self, **changes: Any) -> None:
        """Change the watch's row."""
        GmailWatch.objects.filter(account=self.account).update(**changes)

    def refuse(self, method: str, status: int, reason: str) -> None:
        """Google refuses it from now on."""
        self.gmail.fault(method, status=status, reason=reason, times=None)

    def token_endpoint_says(self, refreshing: Json) -> None:
        """Refuse each refresh so; the client itself is known."""

        def act(visit: Visit) -> None:
            while visit.read():
                refresh = b"grant_type=refresh_token" in self.token_endpoint.seen[-1]
                visit.answer(json.dumps(refreshing if refresh else {"error": "invalid_grant"}).encode(), 400)

        self.token_endpoint = self.end.enter_context(RawServer(act))
        self.settings.GOOGLE_TOKEN_URL = f"{self.token_endpoint.url}token"

    def page_for_tokens(self) -> None:
        """Something between answers every request to the token endpoint."""
        server = self.end.enter_context(RawServer(answers(200, b"<html>Welcome</html>", content_type="text/html")))
        self.settings.GOOGLE_TOKEN_URL = f"{server.url}token"

    def foreign_key(self) -> None:
        """The key is one that Google does not know."""
        write_key(Path(self.settings.GOOGLE_APPLICATION_CREDENTIALS), self.settings.GOOGLE_TOKEN_URL, address="nobody")

    def other_topic(self) -> None:
        """The subscription is one of another topic."""
        httpx.put(f"{self.root}/v1/{TOPIC}-other", json={})
        httpx.delete(f"{self.root}/v1/{SUBSCRIPTION}").raise_for_status()
        push = {"pushEndpoint": f"{self.web}/gmail/push/", "oidcToken": {"serviceAccountEmail": PUSH_SERVICE_ACCOUNT}}
        body = {"topic": f"{TOPIC}-other", "pushConfig": push, "expirationPolicy": {}}
        httpx.put(f"{self.root}/v1/{SUBSCRIPTION}", json=body).raise_for_status()

    def skewed_clock(self) -> None:
        """Google's clock is a minute ahead of ours."""
        self.gmail.simulator.sim("POST", "clock", advance=60)
        self.end.callback(self.gmail.simulator.sim, "POST", "clock", advance=-60)

    def redis_user(self, *rules: str, password: str = "right") -> None:
        """The server's users are restricted; the doctor comes as one of them."""
        url = self.settings.REDIS_URL
        with redis.Redis.from_url(url) as administrator:
            administrator.execute_command("ACL", "SETUSER", "app", "reset", "on", ">right", "~*", "+@all", *rules)
        self.settings.REDIS_URL = url.replace("redis://", f"redis://app:{password}@")


class Stranger(Handler):
    """Speaks HTTP, and is not ours: redirects whatever is posted."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(308)
        self.send_header("Location", "https://finito.example/gmail/push/")
        self.send_header("Content-Length", "0")
        self.end_headers()
