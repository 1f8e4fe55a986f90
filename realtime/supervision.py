"""Tasks that live as long as the process."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

import structlog

from realtime import database_errors

logger = structlog.get_logger(__name__)


def supervise(loop: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """Run an endless loop as a task; an exception is logged and the loop starts again after a second.

    A database that is away is an outcome and no fault of ours: one line without frames.

    It begins without the context of whoever happened to start it: its lines are nobody's request.
    """

    async def forever() -> None:
        while True:
            try:
                await loop()
            except Exception as error:
                if database_errors.is_away(error):
                    database_errors.log(logger, "task.waits", error, task=loop.__name__)
                else:
                    logger.exception("task.failed", task=loop.__name__)
                await asyncio.sleep(1)

    return asyncio.create_task(forever(), name=loop.__name__, context=Context())
