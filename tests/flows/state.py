"""Three views of one mailbox that must become one: Gmail's, the mirror's, and what a page has made of its events."""

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import psycopg

from tests.live import Stack
from tests.live_clients import SignedIn
from tests.live_stream import Frame, Stream

Labels = dict[str, list[str]]


def eventually(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is true; the bound only ends a test that would hang."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def query(stack: Stack, sql: str) -> list[tuple[Any, ...]]:
    """The rows of the stack's database."""
    url = stack.environment["DATABASE_URL"]
    if url.startswith("postgres"):
        with psycopg.connect(url) as connection:
            return connection.execute(sql.encode()).fetchall()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as file:
        return file.execute(sql).fetchall()


def in_gmail(stack: Stack, email: str) -> Labels:
    """What Gmail has."""
    return {message["id"]: sorted(message["label_ids"]) for message in stack.simulator.dump(email)["messages"]}


def in_mirror(stack: Stack, email: str) -> Labels:
    """What our rows have."""
    rows = query(
        stack,
        "SELECT m.gmail_id, m.label_ids FROM gmail_sync_message m JOIN gmail_sync_gmailaccount a"
        f" ON a.id = m.account_id WHERE a.email = '{email}'",
    )
    return {gmail_id: sorted(json.loads(ids) if isinstance(ids, str) else ids) for gmail_id, ids in rows}


def on_page(frames: Iterable[Frame]) -> Labels:
    """What a page that began with nothing shows after these events."""
    labels: Labels = {}
    for frame in frames:
        message = frame.data.get("message", {})
        if frame.event == "message.deleted":
            labels.pop(message["id"], None)
        elif frame.event in ("message.added", "message.changed"):
            labels[message["id"]] = sorted(message["label_ids"])
    return labels


class Follower:
    """A page that comes back after each cut with the last id that it has."""

    def __init__(self, user: SignedIn, web: int = 0) -> None:
        self.user = user
        self.streams: list[Stream] = [user.stream(web)]
        assert self.streams[0].frames[0].event == "ready"

    def come_back(self, web: int = 0) -> None:
        """Cut the connection wherever it is, and resume at this web."""
        self.streams[-1].close()
        last_ids = [frame.id for stream in self.streams for frame in stream.frames]
        self.streams.append(self.user.stream(web, last_event_id=last_ids[-1]))

    @property
    def frames(self) -> list[Frame]:
        """The numbered events of all its connections. Fails unless they are contiguous and nothing was reset."""
        frames = [frame for stream in self.streams for frame in stream.mail_events]
        ready = self.streams[0].frames[0]
        assert [frame.seq for frame in frames] == list(range(ready.seq + 1, ready.seq + 1 + len(frames)))
        assert not [frame for stream in self.streams for frame in stream.frames if frame.event == "reset"]
        for stream in self.streams:
            if stream.error is not None:
                raise stream.error
        return frames

    def agrees(self, stack: Stack, email: str) -> bool:
        """Whether page, mirror and Gmail are one."""
        return on_page(self.frames) == in_mirror(stack, email) == in_gmail(stack, email)

    def close(self) -> None:
        """Close the tab."""
        self.streams[-1].close()


def act(stack: Stack, email: str, steps: int, chance: random.Random) -> None:
    """Live in Gmail for a while: mail comes, is read, starred, archived, trashed and deleted."""
    simulator = stack.simulator
    for _ in range(steps):
        ids = list(in_gmail(stack, email))
        change: Any = chance.choice(["deliver", "deliver", "read", "star", "archive", "trash", "delete"])
        if change == "deliver" or not ids:
            simulator.deliver(email, count=chance.randint(1, 3))
        elif change in ("trash", "delete"):
            simulator.change(email, chance.choice(ids), change)
        else:
            labels = {"read": {"remove": ["UNREAD"]}, "star": {"add": ["STARRED"]}, "archive": {"remove": ["INBOX"]}}
            simulator.change(email, chance.choice(ids), "modify", **labels[change])
