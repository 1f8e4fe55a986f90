"""The stream's own threads for the database: their number bounds its connections, whatever the number of streams.

There are LOG_THREADS of them, and while the database is silent at most LIVES times as many more, which wait for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import OperationalError

P = ParamSpec("P")
T = TypeVar("T")

LOG_THREADS = 4
LONGEST_SECONDS = 25.0  # more than the waits for a pool, a connection and a statement together
LIVES = 4


def _new_executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(LOG_THREADS, thread_name_prefix="log")


_executor = _new_executor()
_lost = 0  # executors given up since the last answer


async def in_log_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking database work on these threads; the connection is given back after it.

    Raises OperationalError after LONGEST_SECONDS. A thread that waits for a peer which went silent cannot be ended, so
    others take its place.
    """
    global _executor, _lost
    executor = _executor
    run = database_sync_to_async(function, thread_sensitive=False, executor=executor)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            result: T = await run(*args, **kwargs)
    except TimeoutError:
        if executor is _executor and alive():
            _executor, _lost = _new_executor(), _lost + 1
        raise OperationalError("the database does not answer") from None
    _lost = 0
    return result


def alive() -> bool:
    """Tell whether there is hope: False once the database was silent for so long that only a new process may help."""
    return _lost < LIVES
