"""Tells streams what is late though they are up: one question for all users of the process, to whoever knows it.

This app does not know; the project says whom to ask (finito/asgi.py). Only streams that asked for it are told,
by a frame outside the numbering.
"""

import random
from collections.abc import Callable, Collection
from typing import Any

from realtime.log_threads import in_log_thread
from realtime.stream.feeds import Feed, Stream
from realtime.stream.recheck_queue import RecheckQueue

Late = dict[str, Any]
Provider = Callable[[Collection[int]], dict[int, list[Late]]]

LOOK_SECONDS = 10.0

_providers: list[Provider] = []


def provided_by(provider: Provider) -> None:
    """Ask this function, in a thread, what is late for each of some users; for a user whom it leaves out nothing is."""
    _providers.append(provider)


def late_of(user_ids: Collection[int]) -> dict[int, list[Late]]:
    """Return what is late for each of the users. Raises DatabaseError."""
    late: dict[int, list[Late]] = {user_id: [] for user_id in user_ids}
    for provider in _providers:
        for user_id, found in provider(user_ids).items():
            late[user_id] += found
    return late


class Lateness:
    """Keeps the streams of these feeds told; run watch() as a task."""

    def __init__(self, feeds: dict[int, Feed]) -> None:
        self._feeds = feeds
        self._known: dict[int, list[Late]] = {}
        self._to_check = RecheckQueue()

    def welcome(self, stream: Stream) -> None:
        """Tell a new stream what is known, and look at once for a user of whom nothing is."""
        if not stream.hears_late:
            return
        if known := self._known.get(stream.user_id):
            stream.tell("late", {"late": known})
        else:
            self._to_check.add(stream.user_id)

    async def watch(self) -> None:
        """Ask every 10 s, or at once for newcomers, and tell the streams where something changed."""
        while True:
            async with self._to_check.round(LOOK_SECONDS * random.uniform(0.8, 1.2)) as queued:
                asked = {user_id for user_id in queued or self._feeds if self._listening(user_id)}
                late = await in_log_thread(late_of, asked) if asked else {}
            if not queued:
                self._known = {user_id: known for user_id, known in self._known.items() if user_id in asked}
            for user_id, found in late.items():
                self._learn(user_id, found)

    def _listening(self, user_id: int) -> list[Stream]:
        feed = self._feeds.get(user_id)
        return [stream for stream in feed.streams if stream.hears_late] if feed else []

    def _learn(self, user_id: int, late: list[Late]) -> None:
        if late == self._known.get(user_id, []):
            return
        self._known[user_id] = late
        for stream in self._listening(user_id):
            stream.tell("late", {"late": late})
