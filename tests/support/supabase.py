"""The Supabase project that the simulator plays: its keys, tokens for it, and a listener.

    def test_it_delivers(supabase):                       # the fixture: one simulator a run, as new for each test
        with supabase.listen("finito:a") as socket:       # joined with a token of its own; version="2.0.0" too
            supabase.broadcast("finito:a", {"v": 1}, publisher_token())
            assert socket.hear("finito:a") == {"v": 1}

`supabase_at(supabase.url)` are the settings that point at it; `Stack(..., supabase=True)` has the same project as
`stack.supabase`, at the address of its simulator.
"""

from simulator.client import SimulatorClient
from simulator.supabase_client import SupabaseClient
from tests.conformance.supabase.client import Socket
from tests.conformance.supabase.tokens import mint, private_jwk

SIGNING_KEY = private_jwk("finito-tests", secret=20_261_126)
PUBLISHABLE_KEY = "sb_publishable_simulator"
SUPABASE_OPTIONS = ("--supabase-signing-key", SIGNING_KEY, "--supabase-publishable-key", PUBLISHABLE_KEY)
QUICK = {"error_seconds": 0.05, "refusal_seconds": 0.05}  # a test has not the seconds that refusals take


def supabase_at(url: str) -> dict[str, str]:
    """Return the variables that name the project at this address."""
    return {
        "SUPABASE_URL": url.rstrip("/"),
        "SUPABASE_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "SUPABASE_SIGNING_KEY": SIGNING_KEY,
    }


def listener_token(topic: str, seconds: int = 300, **claims: object) -> str:
    """Return a token as a page's ticket has it."""
    return mint(SIGNING_KEY, seconds, **{"finito_topic": topic, **claims})


def publisher_token(seconds: int = 300, **claims: object) -> str:
    """Return a token as Finito publishes with."""
    return mint(SIGNING_KEY, seconds, **{"finito_publisher": True, **claims})


class Supabase(SupabaseClient):
    """The project at a simulator's address."""

    def __init__(self, simulator: SimulatorClient) -> None:
        super().__init__(simulator, PUBLISHABLE_KEY)

    def connect(self, version: str = "1.0.0") -> Socket:
        """Open a WebSocket."""
        return Socket(self.websocket_url, PUBLISHABLE_KEY, version)

    def listen(self, topic: str, version: str = "1.0.0", seconds: int = 300) -> Socket:
        """Open a WebSocket that has joined the topic, with a token for so many seconds."""
        socket = self.connect(version)
        answer = socket.join(topic, listener_token(topic, seconds))
        assert answer == "ok", answer
        return socket

    def reset(self) -> None:
        """Be as new, and refuse without delay."""
        super().reset()
        self.change(**QUICK)
