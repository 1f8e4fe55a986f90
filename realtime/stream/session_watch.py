"""Ends the streams of sessions that are over. Only a definite no ends one (RULES R15)."""

import random

from realtime.log_threads import in_log_thread
from realtime.stream import sessions
from realtime.stream.feeds import Feed, Stream
from realtime.stream.recheck_queue import RecheckQueue

SESSIONS_SECONDS = 60.0
REMEMBERED_SECONDS = 60.0


class SessionWatch:
    """Looks at the sessions of these feeds' streams; run watch() as a task."""

    def __init__(self, feeds: dict[int, Feed]) -> None:
        self._feeds = feeds
        self._to_check = RecheckQueue(REMEMBERED_SECONDS)

    def check(self, *user_ids: int) -> None:
        """Look at the sessions of these users now."""
        self._to_check.add(*user_ids)

    def welcome(self, stream: Stream, asked_at: float) -> None:
        """Look again at once where a logout raced with the connect, which asked for the session at that time."""
        if self._to_check.remembers(stream.user_id, asked_at):
            self._to_check.add(stream.user_id)

    async def watch(self) -> None:
        """Look at all sessions each minute, at once for queued users, and end the streams of dead ones."""
        while True:
            async with self._to_check.round(SESSIONS_SECONDS * random.uniform(0.8, 1.2)) as queued:
                feeds = [self._feeds[user_id] for user_id in queued or self._feeds if user_id in self._feeds]
                streams = [stream for feed in feeds for stream in feed.streams]
                keys = {stream.session_key for stream in streams}
                alive = await in_log_thread(sessions.signed_in, keys, sessions.judged_here) if keys else {}
            for stream in streams:
                if alive.get(stream.session_key) != stream.user_id:
                    stream.end("auth")
            if not queued:
                _forget_all_but(keys)


def _forget_all_but(keys: set[str]) -> None:
    for key in list(sessions.judged_here):  # at once: threads add to it meanwhile
        if key not in keys:
            sessions.judged_here.pop(key, None)
