"""One Supabase project: its keys, its limits, who is connected, and what a test wants to know of it."""

from collections import deque
from dataclasses import dataclass, fields
from typing import Any, Protocol

from simulator.clock import Clock
from simulator.faults import Faults
from simulator.options import Options
from simulator.state import Document
from simulator.supabase.hub import Hub
from simulator.supabase.policy import POLICIES
from simulator.supabase.rates import Rate
from simulator.supabase.tokens import Claims, Keys, TokenRefused

KEPT = 20_000  # posts and joins that are remembered
FOREVER = 2**31


class Client(Protocol):
    """A WebSocket that is open."""

    joined: bool  # once, or now: only then does it count as a client

    def kill(self) -> None:
        """Break the connection, without a close frame."""

    def shut(self, topic: str, message: str) -> int:
        """End its channels of the topic, as the server does; returns how many."""


@dataclass
class Settings:
    """What an owner or a plan decides; the defaults are those of a self-hosted server (config/runtime.exs)."""

    events_per_second: float = 100
    joins_per_second: float = 100
    clients: int = 200
    channels_per_client: int = 100
    payload_kilobytes: int = 3000
    error_seconds: float = 5  # CHANNEL_ERROR_BACKOFF_MS: how long a refused join waits for its answer
    refusal_seconds: float = 2  # CONNECT_ERROR_BACKOFF_MS: and a refused handshake
    idle_seconds: float = 60  # Phoenix ends a socket that has sent nothing for so long
    token_check_seconds: float = 300
    private_only: bool = False
    policy: str = "finito"


class Project:
    """What the endpoints share."""

    def __init__(self, options: Options, clock: Clock, faults: Faults) -> None:
        self._options, self._clock = options, clock
        self.faults = faults
        self.keys = Keys()
        self.clients: set[Client] = set()
        self.hub = Hub(faults)
        self.reset()

    def reset(self) -> None:
        """Be as at the start, with nobody connected."""
        for client in self.clients:
            client.kill()
        self.clients.clear()
        self.settings = Settings(private_only=self._options.supabase_private_only)
        self.publishable_key = self._options.supabase_publishable_key
        self.secret_key = self._options.supabase_secret_key
        self.keys.forget()
        for text in self._options.supabase_signing_key:
            self.keys.trust(text)
        # Requests are counted by the second, over a minute: only these are told in the headers of an answer.
        self.requests = Rate(self._clock, 1, 60)
        self.events = Rate(self._clock, 5, 12)
        self.joins = Rate(self._clock, 5, 12)
        self.posts: deque[Document] = deque(maxlen=KEPT)
        self.joined: deque[Document] = deque(maxlen=KEPT)
        self.hub.deliveries.clear()

    def change(self, document: Document) -> None:
        """Change settings, and the keys: publishable_key, signing_key (one more), signing_keys (these alone).

        ValueError names what is not understood.
        """
        known = {field.name for field in fields(Settings)}
        if unknown := document.keys() - known - {"publishable_key", "signing_key", "signing_keys"}:
            raise ValueError(f"not a setting: {', '.join(sorted(unknown))}")
        if document.get("policy", "finito") not in POLICIES:
            raise ValueError(f"policy is one of {', '.join(POLICIES)}")
        for name in document.keys() & known:
            setattr(self.settings, name, document[name])
        self.publishable_key = document.get("publishable_key", self.publishable_key)
        if "signing_keys" in document:
            self.keys.forget()
        for text in [*document.get("signing_keys", ()), *filter(None, [document.get("signing_key")])]:
            self.keys.trust(text)

    def claims_of(self, token: str) -> Claims:
        """Return what a token says. Raises TokenRefused.

        The gateway puts a token of the role in place of a key that is none (docs: api-keys).
        """
        roles = {self.publishable_key: "anon", self.secret_key: "service_role"}
        return {"role": roles[token], "exp": FOREVER} if token in roles else self.keys.claims_of(token)

    def caller(self, api_key: str, bearer: str = "") -> tuple[str, Claims]:
        """Return the token that counts, and its claims: the bearer's, or else the key's. Raises TokenRefused."""
        if not api_key:
            raise TokenRefused("MissingAPIKey", "No API key found in request")
        claims = self.claims_of(api_key)
        if bearer in ("", api_key):
            return api_key, claims
        return bearer, self.keys.claims_of(bearer)

    def rate_headers(self) -> dict[str, str]:
        """Return what each answer tells of the requests' rate (lib/realtime_web/plugs/rate_limiter.ex)."""
        average, limit = int(self.requests.average()), int(self.settings.events_per_second)
        rates = {"rolling": average, "limit": limit, "limit-remaining": limit - average}
        return {f"x-rate-{name}": str(value) for name, value in rates.items()}

    def connected(self) -> int:
        """Count the clients that the plan counts: those that have joined a channel."""
        return sum(client.joined for client in self.clients)

    def document(self) -> dict[str, Any]:
        """Tell all of it as JSON, but for the posts."""
        return {
            "sockets": len(self.clients),
            "clients": self.connected(),
            "topics": self.hub.topics(),
            "deliveries": dict(self.hub.deliveries),
            "joins": list(self.joined),
            "settings": vars(self.settings),
            "events_per_second": self.events.average(),
        }
