"""A listener's connection to Supabase: private channels on one WebSocket, in Phoenix's protocol 1.0.0.

https://supabase.com/docs/guides/realtime/protocol
"""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any, Self
from urllib.parse import urlencode

from websockets.sync.client import connect

from realtime.transport.supabase.project import Project

OPEN_SECONDS = 10.0
CLOSE_SECONDS = 1.0
PREFIX = "realtime:"


@dataclass(frozen=True)
class Joined:
    """The topic is heard from now on."""

    topic: str


@dataclass(frozen=True)
class Heard:
    """One message of a topic; anybody whom the project's policies let speak may have written it."""

    topic: str
    payload: Any


@dataclass(frozen=True)
class Lost:
    """The topic is not heard, or no more; the server has said why."""

    topic: str
    reason: str


class Silent(ConnectionError):
    """The server has not answered a heartbeat."""


class Channels:
    """One connection. Every method raises OSError or WebSocketException when it is over."""

    def __init__(
        self, there: Project, open_seconds: float = OPEN_SECONDS, close_seconds: float = CLOSE_SECONDS
    ) -> None:
        query = urlencode({"apikey": there.publishable_key, "vsn": "1.0.0"})
        self._socket = connect(
            f"{there.websocket}?{query}",
            compression=None,
            open_timeout=open_seconds,
            close_timeout=close_seconds,
            ping_interval=None,
        )
        self._refs = count(1)
        self._joins: dict[str, str] = {}  # the reference of each topic's join
        self._beat = ""  # the reference of the heartbeat that is not answered yet

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def join(self, topic: str, token: str) -> None:
        """Ask for a private topic, or without a token for a public one; Joined or Lost is the answer."""
        ref = self._joins[topic] = str(next(self._refs))
        config = {
            "private": bool(token),
            "broadcast": {"ack": False, "self": False},
            "presence": {"enabled": False, "key": ""},
            "postgres_changes": [],
        }
        self._push(topic, "phx_join", {"config": config, **({"access_token": token} if token else {})}, ref)

    def renew(self, topic: str, token: str) -> None:
        """Hear the topic for as long as this token lives; nothing answers."""
        self._push(topic, "access_token", {"access_token": token}, str(next(self._refs)))

    def leave(self, topic: str) -> None:
        """Hear the topic no more."""
        self._push(topic, "phx_leave", {}, str(next(self._refs)))
        del self._joins[topic]

    def beat(self) -> None:
        """Show the server that we are there. Raises Silent if it has not answered the last time."""
        if self._beat:
            raise Silent("no answer to a heartbeat")
        self._beat = str(next(self._refs))
        self._send({"topic": "phoenix", "event": "heartbeat", "payload": {}, "ref": self._beat})

    def receive(self, seconds: float) -> Joined | Heard | Lost | None:
        """Return what is said next; None if so long nothing came, or nothing for us."""
        try:
            message = json.loads(self._socket.recv(timeout=seconds))
            topic, event = message["topic"].removeprefix(PREFIX), message["event"]
            payload, ref = message["payload"], message.get("ref")
        except (TimeoutError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        if topic == "phoenix" and ref == self._beat:
            self._beat = ""
        if topic not in self._joins or not isinstance(payload, dict):
            return None
        if event == "broadcast" and payload.get("event") == "frames":
            return Heard(topic, payload.get("payload"))
        if event == "phx_reply" and ref == self._joins[topic] and payload.get("status") == "ok":
            return Joined(topic)
        if event in ("phx_close", "phx_error") or (event == "phx_reply" and ref == self._joins[topic]):
            del self._joins[topic]
            return Lost(topic, _reason(payload.get("response")) or event)
        return None

    def _push(self, topic: str, event: str, payload: dict[str, Any], ref: str) -> None:
        name = f"{PREFIX}{topic}"
        self._send(
            {"topic": name, "event": event, "payload": payload, "ref": ref, "join_ref": self._joins.get(topic, ref)}
        )

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.send(json.dumps(message))


def _reason(response: object) -> str:
    return str(response.get("reason", ""))[:200] if isinstance(response, dict) else ""
