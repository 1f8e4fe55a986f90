"""The project under judgement: its address and keys, and what Finito and its pages ask of it."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from tests.conformance.supabase.client import Socket
from tests.conformance.supabase.tokens import mint

SECONDS = 15.0


@dataclass(frozen=True)
class Target:
    """`url` is the project's own, without /realtime/v1; `signing_key` the private JWK, or the legacy secret."""

    url: str
    publishable_key: str
    signing_key: str

    def new_topic(self) -> str:
        """Return a topic that nobody else knows."""
        return f"finito:{secrets.token_urlsafe(16)}"

    def publisher(self, seconds: int = 300, **claims: Any) -> str:
        """Return a token that may broadcast."""
        return mint(self.signing_key, seconds, **{"finito_publisher": True, **claims})

    def listener(self, topic: str, seconds: int = 300, **claims: Any) -> str:
        """Return a token that may hear one topic."""
        return mint(self.signing_key, seconds, **{"finito_topic": topic, **claims})

    def post(self, topic: str, payload: Any, token: str = "", private: bool = True) -> httpx.Response:
        """Broadcast; without a token as anybody who knows the publishable key."""
        path = f"/realtime/v1/api/broadcast/{quote(topic, safe='')}/events/frames"
        headers = {"apikey": self.publishable_key, **({"Authorization": f"Bearer {token}"} if token else {})}
        params = {"private": str(private).lower()}
        return httpx.post(self.url.rstrip("/") + path, json=payload, params=params, headers=headers, timeout=SECONDS)

    def connect(self, version: str = "1.0.0", key: str = "") -> Socket:
        """Open a WebSocket."""
        root = self.url.rstrip("/").replace("http", "ws", 1)
        return Socket(f"{root}/realtime/v1/websocket", key or self.publishable_key, version)

    def listen(self, topic: str, version: str = "1.0.0", seconds: int = 300) -> Socket:
        """Open a WebSocket that hears the topic."""
        socket = self.connect(version)
        answer = socket.join(topic, self.listener(topic, seconds))
        assert answer == "ok", f"joining its own topic was answered: {answer}"
        return socket


def expect(answer: httpx.Response, *statuses: int) -> None:
    """Insist on one of these statuses."""
    assert answer.status_code in statuses, f"answered {answer.status_code} {answer.text[:200]}"
