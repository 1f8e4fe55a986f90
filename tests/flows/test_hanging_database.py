"""Whoever is told to end, ends in time, whatever the database does meanwhile."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.flows.relay import Relay
from tests.support.live import Stack

GRACE_SECONDS = 12
Hang = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path) as stack:
        yield stack


@pytest.fixture
def hang(stack: Stack) -> Iterator[Hang]:
    """Has the database hang for a while: the line to it is silent, or somebody else writes."""
    url = urlsplit(stack.environment["DATABASE_URL"])
    if url.port is None:
        yield lambda: _locked(url.path)
        return
    with Relay([url.port]) as relay:
        behind = url._replace(netloc=url.netloc.replace(f":{url.port}", f":{relay.port}"))
        stack.environment["DATABASE_URL"] = behind.geturl()
        for name in ("web0", "worker0"):
            stack.stop(name)
            stack.start(name)
        yield relay.hanging


@contextmanager
def _locked(path: str) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("BEGIN EXCLUSIVE")
        yield
        file.execute("ROLLBACK")


def test_rule_17_web_and_worker_end_in_time(stack: Stack, hang: Hang) -> None:
    user = stack.sign_in("ann")
    user.connect("ann@gmail.example")
    with user.stream() as stream, hang():
        stream.wait_for("ready")
        stack.simulator.deliver("ann@gmail.example")  # a push comes, and a worker looks
        for name in ("worker0", "web0"):
            stack.stop(name, GRACE_SECONDS)
