"""The stream's own threads for the database: their number bounds its connections, whatever the number of streams."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")

LOG_THREADS = 4

_executor = ThreadPoolExecutor(LOG_THREADS, thread_name_prefix="log")


async def in_log_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking database work on these threads; the connection is given back after it."""
    run = database_sync_to_async(function, thread_sensitive=False, executor=_executor)
    result: T = await run(*args, **kwargs)
    return result
