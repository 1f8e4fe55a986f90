"""A user's channel at Supabase beside the stream server: what their ticket says, and who publishes to it."""

import base64
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import Page

from realtime.transport.supabase import relay
from tests.browser.stream_server import StreamServer
from tests.support.supabase import Supabase, listener_token, publisher_token
from tests.support.waiting import eventually

TICKET = "/events/ticket/"
PROOF_MS, TICKET_MS, ON_ITS_WAY_MS, REST_MS, LONG_REST_MS = 16_000, 73_000, 2_500, 31_000, 61_000
COUNT_SOCKETS = """
Object.assign(window, { joins: 0, beats: 0, renewals: 0, tickets: 0 });
const Socket = WebSocket;
window.WebSocket = class extends Socket {
  constructor(...address) {
    super(...address);
    this.addEventListener("message", ({ data }) => {
      const { event, topic, payload } = JSON.parse(data);
      if (event === "phx_reply" && payload.status === "ok") window[topic === "phoenix" ? "beats" : "joins"] += 1;
    });
  }
  send(text) {
    if (JSON.parse(text).event === "access_token") renewals += 1;
    super.send(text);
  }
};
const { json } = Response.prototype;
Response.prototype.json = async function () {
  const said = await json.call(this);
  if (new URL(this.url).pathname === "/events/ticket/") tickets += 1; // what is done with it follows in the same turn
  return said;
};
"""


class Relayed:
    """Its pages have a ticket, unless it is taken from them; each event may go one way, or both, or none."""

    def __init__(self, server: StreamServer, supabase: Supabase, new_tab: Callable[[], Page]) -> None:
        self.server, self.supabase, self._new_tab = server, supabase, new_tab
        server.heartbeat = 60  # the clock is put forward, and a slow machine adds to it: no line is dead for that
        self.payload = "sealed"
        self.token_seconds = 300
        self.move()

    @property
    def topic(self) -> str:
        return relay.topic(self.secret)

    @property
    def tickets(self) -> int:
        """How many were asked for."""
        return self.server.page_requests.count(TICKET)

    def move(self) -> None:
        """Abandon topic and key, as the end of a session does."""
        self.secret = relay.new_secret()
        self.give_ticket()

    def give_ticket(self, **other: Any) -> None:
        """Answer with a ticket as it is now."""
        ticket = {
            "transport": "supabase",
            "url": self.supabase.websocket_url,
            "key": self.supabase.publishable_key,
            "topic": self.topic,
            "token": listener_token(self.topic, self.token_seconds),
            "seal": base64.b64encode(relay.seal_key(self.secret)).decode() if self.payload == "sealed" else None,
            "expires_in": self.token_seconds,
            "again_in": 60,
            "head": self.server.id(len(self.server.log)),
        }
        self.server.pages[TICKET] = json.dumps({**ticket, **other}).encode()

    def append(self, *, stream: bool = False, channel: bool = True) -> str:
        """Add an event to the log, and tell of it on these ways."""
        told = self.server.append(quiet=not stream)
        self.give_ticket()
        if channel:
            self.publish(len(self.server.log))
        return told

    def publish(self, first: int, last: int | None = None, *, bare: bool = False) -> None:
        """Broadcast these numbers, as Finito does."""
        last = last or first
        frames = "" if bare else "".join(map(self.server.frame_of, range(first, last + 1)))
        self.say(self.message(first, last, frames))

    def message(self, first: int, last: int, frames: str, secret: str = "") -> Any:
        """Return what is broadcast, sealed with its own key or another one."""
        said = relay.Broadcast(1, secret or self.secret, self.server.epoch, first, last, frames.encode(), time.time())
        return json.loads(relay.body(said, self.payload))

    def say(self, payload: Any) -> None:
        """Broadcast anything."""
        answer = self.supabase.broadcast(self.topic, payload, publisher_token())
        assert answer.status_code == 202, answer.text

    def open(self, tabs: int, seq: int = 0, **options: Any) -> list[Page]:
        """Open tabs that listen from there; one alone shares with nobody."""
        opened = []
        for _ in range(tabs):
            opened.append(self._new_tab())
            wanted = {"cursor": self.server.id(seq), "ticket": TICKET, "share": tabs > 1, **options}
            opened[-1].evaluate("options => { listen(options) }", wanted)
            opened[-1].wait_for_function("() => stream.state === 'live'")
        return opened

    def wait_for_join(self, tab: Page, joins: int = 1) -> None:
        """Wait until the page has joined that often."""
        tab.wait_for_function(f"() => joins >= {joins}")

    def renew_ticket(self, tab: Page) -> None:
        """Let it be time for the next ticket, and wait until the page has taken it."""
        taken = tab.evaluate("tickets")
        tab.clock.fast_forward(TICKET_MS)
        tab.wait_for_function(f"() => tickets > {taken}")

    def hand_over(self, tab: Page, joins: int = 1) -> None:
        """Let so much time go by that the channel has proven itself, and the stream beat until it is closed."""
        self.wait_for_join(tab, joins)
        tab.wait_for_function("() => stream.state === 'live'")
        tab.clock.fast_forward(PROOF_MS)
        eventually(self._is_carried)

    def _is_carried(self) -> bool:
        self.beat()
        return self.server.open_streams == 0

    def beat(self) -> None:
        """Have the stream beat."""
        self.server.say("hb", len(self.server.log), {})


def each_has(tabs: Iterable[Page], ids: list[str]) -> None:
    """Wait until every tab has these events, and see that each came once and in order."""
    for tab in tabs:
        tab.wait_for_function(f"() => events.length >= {len(ids)}")
        assert tab.evaluate("[events, resets]") == [ids, []]
