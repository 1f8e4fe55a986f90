"""A client that cannot hold a stream, by the program in docs/events.md, while webs die and its own time is short."""

import random
import re
import threading
import time
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from launcher.environment import ROOT
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import act
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

(PROGRAM,) = re.findall(r"```python\n(def follow\(.*?)```", (ROOT / "docs" / "events.md").read_text(), re.DOTALL)


class Platform:
    """Sends each request to any of the webs, and ends the function after a moment, whatever it is doing."""

    def __init__(self, user: SignedIn, chance: random.Random) -> None:
        self.user, self.chance = user, chance
        self.failed = 0

    def get(self, path: str, params: dict[str, Any], timeout: float) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.user.http.cookies.items())
        url = self.chance.choice(self.user.urls) + path
        try:
            return httpx.get(url, params=params, timeout=self.chance.uniform(0.1, 4), headers={"Cookie": cookies})
        except httpx.HTTPError:
            self.failed += 1
            raise


def test_a_program_of_a_dozen_lines_loses_nothing_while_webs_die(shared: Stack, user: SignedIn, email: str) -> None:
    chance, seen, cursors = random.Random(38), list[str](), list[str]()
    platform = Platform(user, chance)
    start = user.get("/events/since/").json()["cursor"]
    impatient = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 20))
    program: dict[str, Any] = {"httpx": httpx, "random": random, "time": impatient}
    exec(compile(PROGRAM, "docs/events.md", "exec"), program)

    def run() -> None:
        cursors.append(program["follow"](platform, start, lambda *event: seen.append(event[0]), seen.append))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    for web in ("web1", "web0", "web1"):
        act(shared, email, 5, chance)
        shared.kill(web)
        act(shared, email, 5, chance)
        shared.start(web)
    (last,) = shared.simulator.deliver(email)
    eventually(lambda: last in user.get("/messages/").text)
    head = user.get("/events/since/").json()["cursor"]
    eventually(lambda: head in seen, why=lambda: f"{head} did not come after {seen[-3:]}")
    assert user.post("/logout/").status_code == 302
    thread.join(60)
    epoch, _, seq = start.rpartition("-")
    assert seen == [f"{epoch}-{int(seq) + number}" for number in range(1, len(seen) + 1)]
    assert cursors == [seen[-1]]
    assert platform.failed
