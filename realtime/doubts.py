"""Users that should be looked at now rather than at the next round of a timer."""

import asyncio
import time


class Doubts:
    """Collects user ids until a round takes them; can remember for a while who was in doubt."""

    def __init__(self, remembered_seconds: float = 0) -> None:
        self._users: set[int] = set()
        self._asked = asyncio.Event()
        self._remembered_seconds = remembered_seconds
        self._remembered: dict[int, float] = {}

    def about(self, *user_ids: int) -> None:
        """Look at these users now."""
        if not user_ids:
            return
        self._users.update(user_ids)
        if self._remembered_seconds:
            until = time.monotonic() + self._remembered_seconds
            self._remembered.update(dict.fromkeys(user_ids, until))
        self._asked.set()

    def remembers(self, user_id: int) -> bool:
        """Whether the user was in doubt lately: the notice may have come before his stream did."""
        return self._remembered.get(user_id, 0) > time.monotonic()

    async def wait(self, seconds: float) -> set[int]:
        """The users in doubt as soon as there are any, or an empty set (look at all) after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            self._forget_old()
        self._asked.clear()
        users, self._users = self._users, set()
        return users

    def _forget_old(self) -> None:
        now = time.monotonic()
        self._remembered = {user: until for user, until in self._remembered.items() if until > now}
