"""Users to look at now rather than at the next round of a timer."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

COLLECT_SECONDS = 0.05  # between two rounds: a crowd that trickles in is one round, and a first one waits for nobody


class RecheckQueue:
    """Collects user ids until a round takes them, and remembers them for `remembered_seconds`."""

    def __init__(self, remembered_seconds: float = 0) -> None:
        self._users: set[int] = set()
        self._asked = asyncio.Event()
        self._remembered_seconds = remembered_seconds
        self._remembered: dict[int, float] = {}
        self._all_due_at = math.inf
        self._given_at = -math.inf

    def add(self, *user_ids: int) -> None:
        """Let the round look at these users now."""
        if not user_ids:
            return
        self._users.update(user_ids)
        if self._remembered_seconds:
            self._remembered.update(dict.fromkeys(user_ids, time.monotonic()))
        self._asked.set()

    def remembers(self, user_id: int, since: float = -math.inf) -> bool:
        """Tell whether the user was queued lately, and not before that time (by the monotonic clock)."""
        return self._remembered.get(user_id, -math.inf) >= max(since, self._oldest())

    @asynccontextmanager
    async def round(self, seconds: float) -> AsyncIterator[set[int]]:
        """Wait as wait() does; users whose round fails are queued again, since no answer is no answer."""
        queued = await self.wait(seconds)
        try:
            yield queued
        except Exception:
            self.add(*queued)
            raise

    async def wait(self, seconds: float) -> set[int]:
        """Return queued users as soon as there are any, or an empty set (look at all) `seconds` after the last one.

        That time runs on while users are given out: a busy process always has some, and must look at all as well.
        """
        self._all_due_at = min(self._all_due_at, time.monotonic() + seconds)
        left = self._all_due_at - time.monotonic()
        if left > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._asked.wait()
                    await asyncio.sleep(self._given_at + COLLECT_SECONDS - time.monotonic())
        self._asked.clear()
        self._given_at = time.monotonic()
        users, self._users = self._users, set()
        if users and time.monotonic() < self._all_due_at:
            return users
        self._all_due_at = math.inf
        self._forget_old()
        return set()

    def _forget_old(self) -> None:
        oldest = self._oldest()
        self._remembered = {user: at for user, at in self._remembered.items() if at >= oldest}

    def _oldest(self) -> float:
        return time.monotonic() - self._remembered_seconds
