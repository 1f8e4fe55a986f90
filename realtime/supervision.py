"""Tasks that live as long as the process."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

import structlog

logger = structlog.get_logger(__name__)


def supervise(loop: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """Run an endless loop as a task; an exception is logged and the loop starts again after a second.

    It begins without the context of whoever happened to start it: its lines are nobody's request.
    """

    async def forever() -> None:
        while True:
            try:
                await loop()
            except Exception:
                logger.exception("task.failed", task=loop.__name__)
                await asyncio.sleep(1)

    return asyncio.create_task(forever(), name=loop.__name__, context=Context())
