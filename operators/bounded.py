"""A question to the database that may hang: it gets 1.5 s, and threads that nothing else needs."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from channels.db import database_sync_to_async

logger = structlog.get_logger(__name__)

PROBE_SECONDS = 1.5  # of the 2 s that an answer may take

Answer = TypeVar("Answer")


async def answer_of(
    question: Callable[[], Answer], threads: ThreadPoolExecutor, seconds: float | None = None
) -> Answer | None:
    """Return the database's answer, or None without one within so many seconds (None: PROBE_SECONDS)."""
    ask = database_sync_to_async(question, thread_sensitive=False, executor=threads)
    try:
        async with asyncio.timeout(PROBE_SECONDS if seconds is None else seconds):
            answer: Answer = await ask()
            return answer
    except Exception as error:
        logger.warning("database.silent", error=type(error).__name__)
        return None
