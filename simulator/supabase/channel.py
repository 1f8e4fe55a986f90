"""One channel of one client, from its join to its end (lib/realtime_web/channels/realtime_channel.ex)."""

import asyncio
import time
from typing import Any, Protocol

from simulator.supabase import policy
from simulator.supabase.project import Project
from simulator.supabase.tokens import Claims, TokenRefused
from simulator.supabase.wire import PREFIX, Broadcast, Frame, object_in

HELD_SECONDS = 1.0  # a message that is to come after the next one comes at last without it
TOO_MANY = "Too many messages per second"
NO_PERMISSION = "You do not have permissions to read from this Channel topic: "


class Socket(Protocol):
    """The client's connection."""

    token: str

    def push(self, frame: Frame) -> None:
        """Send a message."""

    def push_broadcast(self, broadcast: Broadcast) -> None:
        """Send a broadcast."""

    def forget(self, channel: "Channel") -> None:
        """Have it no longer among its channels."""


class Channel:
    """A channel that may hear its topic until its token expires."""

    def __init__(
        self, project: Project, socket: Socket, frame: Frame, private: bool, token: str, claims: Claims
    ) -> None:
        broadcast = object_in(frame.config.get("broadcast"))
        self.joined_as, self.topic = frame.topic, frame.topic.removeprefix(PREFIX)
        self.private = private
        self._acknowledges, self._echoes = bool(broadcast.get("ack")), bool(broadcast.get("self"))
        self._project, self._socket, self._join_ref = project, socket, frame.join_ref or frame.ref
        self._held: Broadcast | None = None
        self._ended = False
        self._check: asyncio.TimerHandle | None = None
        self._trust(token, claims)
        project.hub.add(self.private, self.topic, self)

    # What it hears.

    def hear(self, broadcast: Broadcast) -> None:
        """Send a message, and after it the one that is held back."""
        if self._ended:  # it was delayed
            return
        held, self._held = self._held, None
        for message in filter(None, (broadcast, held)):
            self._socket.push_broadcast(message)

    def hold(self, broadcast: Broadcast) -> None:
        """Send this message after the next one, or after a second if none comes."""
        if self._held is not None:
            self.hear(broadcast)
            return
        self._held = broadcast
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_go, broadcast)

    def _let_go(self, broadcast: Broadcast) -> None:
        if self._held is broadcast:
            self._held = None
            self._socket.push_broadcast(broadcast)

    def count(self) -> None:
        """Count a delivery as the plan does; above the limit the listener is shut, not the sender."""
        self._project.events.add()
        if self._project.events.average() >= self._project.settings.events_per_second:
            self.shut(TOO_MANY)

    # What its client says.

    def take(self, frame: Frame) -> None:
        """Do what a client asks for in it."""
        if frame.event == "phx_leave":
            self._reply(frame)
            self.end()
        elif frame.event == "access_token":
            self._renew(frame.said.get("access_token"))
        elif frame.event == "broadcast":
            self._say(frame)

    def _renew(self, token: object) -> None:
        """Ask the policies again, with another token; the same one and none are no news."""
        if not isinstance(token, str) or token == self._token or token.startswith("sb_"):
            return
        try:
            self._trust(token, self._project.keys.claims_of(token))
        except TokenRefused as refused:
            self.shut(str(refused))
            return
        if self.private and not policy.may_hear(self._project.settings.policy, self._claims, self.topic):
            self.shut(NO_PERMISSION + self.topic)

    def _say(self, frame: Frame) -> None:
        """Broadcast to the others; what the policies forbid is dropped without a word (broadcast_handler.ex)."""
        if self.private and not policy.may_speak(self._project.settings.policy, self._claims, self.topic):
            return
        said = frame.said
        broadcast = Broadcast(
            self.topic, str(said.get("event")), said.get("payload"), self.private, raw=bool(said.get("raw"))
        )
        self._project.events.add()
        self._project.hub.dispatch(broadcast, but=None if self._echoes else self)
        if self._acknowledges:
            self._reply(frame)

    def _reply(self, frame: Frame) -> None:
        self._socket.push(reply(frame))

    # How long it lives.

    def _trust(self, token: str, claims: Claims) -> None:
        self._token, self._claims = token, claims
        left = claims["exp"] - int(time.time())
        if self._check is not None:
            self._check.cancel()
        seconds = min(left, self._project.settings.token_check_seconds)
        self._check = asyncio.get_running_loop().call_later(seconds, self._look_again)

    def _look_again(self) -> None:
        """Look at the token when it expires, and every five minutes: a key may have been taken back."""
        try:
            self._trust(self._token, self._project.claims_of(self._token))
        except TokenRefused as refused:
            self.shut(str(refused))

    def shut(self, message: str) -> None:
        """End it as the server does, with its reason; the socket stays."""
        said = {"extension": "system", "status": "error", "message": message, "channel": self.topic}
        self._socket.push(Frame(self.joined_as, "system", said, None, self._join_ref))
        self.end()

    def end(self) -> None:
        """Close it."""
        self._socket.push(Frame(self.joined_as, "phx_close", {}, self._join_ref, self._join_ref))
        self.drop()

    def drop(self) -> None:
        """Have it heard and known no more; its client is gone, or has been told."""
        if self._check is not None:
            self._check.cancel()
        self._held, self._ended = None, True
        self._project.hub.remove(self.private, self.topic, self)
        self._socket.forget(self)


def reply(frame: Frame, status: str = "ok", response: dict[str, Any] | None = None) -> Frame:
    """Return the answer to a client's message."""
    return Frame(frame.topic, "phx_reply", {"status": status, "response": response or {}}, frame.ref, frame.join_ref)
