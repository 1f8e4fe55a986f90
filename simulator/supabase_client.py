"""A client of the Supabase part of the control API (README.md), and of the endpoint that broadcasts."""

from typing import Any
from urllib.parse import quote

import httpx

from simulator.client import Json, SimulatorClient


class SupabaseClient:
    """The Supabase project that a simulator plays. Threads may share it; a refusal raises httpx.HTTPStatusError, but
    for `broadcast`, which returns the answer as it is."""

    def __init__(self, simulator: SimulatorClient, publishable_key: str = "sb_publishable_simulator") -> None:
        self.simulator = simulator
        self.url = simulator.url.rstrip("/")
        self.publishable_key = publishable_key

    @property
    def websocket_url(self) -> str:
        """The address of the WebSocket, without its query."""
        return f"ws{self.url.removeprefix('http')}/realtime/v1/websocket"

    def broadcast(self, topic: str, payload: Any, token: str, event: str = "frames", **more: Any) -> httpx.Response:
        """Post one broadcast, as Finito does; `private=False` speaks to the public topic of that name."""
        path = f"/realtime/v1/api/broadcast/{quote(topic, safe='')}/events/{quote(event, safe='')}"
        private = str(more.get("private", True)).lower()
        headers = {"apikey": self.publishable_key, "Authorization": f"Bearer {token}"}
        return self.simulator.http.post(path, params={"private": private}, json=payload, headers=headers)

    def broadcast_batch(self, messages: list[Json], token: str) -> httpx.Response:
        """Post a batch: topic, event, payload and private of each."""
        headers = {"apikey": self.publishable_key, "Authorization": f"Bearer {token}"}
        return self.simulator.http.post("/realtime/v1/api/broadcast", json={"messages": messages}, headers=headers)

    def state(self) -> Json:
        """Return sockets, clients, topics, deliveries, joins and settings."""
        return self.simulator.sim("GET", "supabase")

    def change(self, **settings: Any) -> None:
        """Change settings and keys."""
        self.simulator.sim("POST", "supabase", **settings)

    def reset(self) -> None:
        """Be as at the start: no fault, no client, no post, the settings of the command line."""
        self.simulator.clear_faults()
        self.simulator.sim("DELETE", "supabase")

    def posts(self, topic: str = "") -> list[Json]:
        """Return what was posted, oldest first: topic, event, payload, private, single, status, headers, at."""
        answer = self.simulator.http.get("/sim/supabase/posts", params={"topic": topic})
        answer.raise_for_status()
        posts: list[Json] = answer.json()["posts"]
        return posts

    def forget_posts(self) -> None:
        """Forget what was posted."""
        self.simulator.sim("DELETE", "supabase/posts")

    def kill(self) -> int:
        """Break every WebSocket; returns how many there were."""
        return int(self.simulator.sim("POST", "supabase/kill")["killed"])

    def close(self, topic: str = "", message: str = "Too many messages per second") -> int:
        """End the channels of a topic, or all; returns how many there were."""
        return int(self.simulator.sim("POST", "supabase/close", topic=topic, message=message)["closed"])

    def send(self, topic: str, payload: Any, event: str = "frames", private: bool = True) -> None:
        """Say something in a topic that no policy forbids."""
        self.simulator.sim("POST", "supabase/send", topic=topic, payload=payload, event=event, private=private)

    def fault(self, method: str, **what: Any) -> None:
        """Set a fault of `broadcast`, `delivery`, `join`, `handshake` or `heartbeat`, until cleared or for `times`."""
        self.simulator.fault(method, **{"times": None, **what})

    def clear_faults(self) -> None:
        """Clear all faults, Google's too."""
        self.simulator.clear_faults()
