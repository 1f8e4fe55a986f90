"""The questions that streams put to the database, each for all who wait: a crowd that returns costs as much as one."""

from realtime.log import reading
from realtime.log_threads import in_log_thread
from realtime.stream import sessions
from realtime.stream.sse import Cursor
from realtime.together import Together


async def _users_of(session_keys: list[str]) -> dict[str, int | None]:
    found = await in_log_thread(sessions.signed_in, session_keys, sessions.judged_here)
    return {key: found.get(key) for key in session_keys}


async def _heads_of(user_ids: list[int]) -> dict[int, Cursor]:
    return await in_log_thread(reading.heads_of_all, set(user_ids))


async def _pages_after(places: list[reading.Place]) -> dict[reading.Place, reading.Slice | reading.Reset]:
    return await in_log_thread(reading.read, set(places))


user_of = Together(_users_of)
head_of = Together(_heads_of)
page_after = Together(_pages_after, limit=reading.PLACES)  # each of them may be PAGE_BYTES long
