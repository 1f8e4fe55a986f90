"""Which server is judged: the one that the environment names, or a stack of our own. See docs/events.md, Conformance.

Only this file knows that there is a stack; the rest speaks HTTP.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conformance.frames import Frame
from tests.conformance.wire import Listener, Silence, Target
from tests.support.live import Stack

HEARTBEAT_SECONDS = 5
HOSTILE = "line\u2028 break \u0085 \U0001f600 \u202e data: id: 7"


@dataclass(frozen=True)
class Recording:
    """Events that came on an open stream, and the cursor before them."""

    start: str
    frames: list[Frame]


@pytest.fixture(scope="package")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The server under judgement."""
    if os.environ.get("FINITO_CONFORMANCE_URL"):
        yield named_by_environment()
        return
    env = {"STREAM_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS)}
    with Stack(tmp_path_factory.mktemp("conformance"), webs=1, env=env) as stack:
        email, delivered = "ann@gmail.example", list[str]()
        stack.sign_in("ann").connect(email)

        def cause(count: int) -> None:
            earlier = delivered[:2]
            delivered[:] = stack.simulator.deliver(email, count=count, subject=HOSTILE)
            if len(earlier) == 2:
                stack.simulator.change(email, earlier[0], "modify", add=["STARRED"])
                stack.simulator.change(email, earlier[1], "delete")

        yield Target(stack.url(), user="ann", password="ann", cause=cause).sign_in()


def named_by_environment() -> Target:
    """FINITO_CONFORMANCE_URL and what belongs to it."""
    given = {name.removeprefix("FINITO_CONFORMANCE_").lower(): value for name, value in os.environ.items()}
    command = given.get("cause")

    def cause(count: int) -> None:
        subprocess.run(str(command), shell=True, check=True, env={**os.environ, "COUNT": str(count)})

    target = Target(
        url=given["url"].rstrip("/"),
        user=os.environ.get("FINITO_CONFORMANCE_USER", ""),
        password=os.environ.get("FINITO_CONFORMANCE_PASSWORD", ""),
        cookie=os.environ.get("FINITO_CONFORMANCE_COOKIE", ""),
        cause=cause if command else None,
        cap=int(os.environ.get("FINITO_CONFORMANCE_CAP", "12")),
        wait_seconds=float(os.environ.get("FINITO_CONFORMANCE_WAIT_SECONDS", "30")),
    )
    return target if target.cookie else target.sign_in()


@pytest.fixture(scope="package")
def known_cursor(target: Target) -> str:
    """A cursor that the server gave out."""
    with Listener(target) as listener:
        return listener.wait_for_frame("ready").id


@pytest.fixture(scope="package")
def recording(target: Target) -> Recording:
    """Thirty events or more as they came live; without a cause, what comes by itself."""
    return record(target, 30)


def record(target: Target, count: int) -> Recording:
    """Read so many events live, in two lots. Skips when none come."""
    with Listener(target) as listener:
        start = listener.wait_for_frame("ready").id
        for _ in range(2):
            wanted = len(listener.judge.mail) + target.make_events(count // 2)
            try:
                listener.wait_for_mail(wanted, target.wait_seconds)
            except Silence:
                if target.cause is not None:
                    raise
                pytest.skip(f"no event in {target.wait_seconds:g} s, and FINITO_CONFORMANCE_CAUSE is not set")
        return Recording(start, listener.judge.mail)
