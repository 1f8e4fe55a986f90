"""SIGTERM: say `bye deploy` to every stream, spread over a window, so that the clients do not return as one."""

import asyncio
import random
import signal
from types import FrameType

from django.conf import settings

from realtime.signals import SIGNALS, end_at_last
from realtime.stream.hub import get_hub

CUT_AFTER_SECONDS = 0.5


def install() -> None:
    """Chain the server's own SIGTERM and SIGINT handlers: uvicorn tells the application only after the last
    connection has ended, which an open stream would never let happen."""
    loop = asyncio.get_running_loop()
    for signum in SIGNALS:
        previous = signal.getsignal(signum)

        def handler(number: int, frame: FrameType | None, previous: object = previous) -> None:
            loop.call_soon_threadsafe(begin)
            loop.call_soon_threadsafe(end_at_last)
            if callable(previous):
                previous(number, frame)

        signal.signal(signum, handler)


def begin() -> None:
    """End all streams over STREAM_DRAIN_SECONDS; new ones are refused from now on."""
    hub = get_hub()
    if hub.draining:
        return
    hub.draining = True
    window = settings.STREAM_DRAIN_SECONDS
    loop = asyncio.get_running_loop()
    for stream in hub.streams():
        loop.call_later(random.uniform(0, window * 0.9), stream.end, "deploy", (500, 500 + 1_000 * window))
    loop.call_later(window + CUT_AFTER_SECONDS, _cut)


def _cut() -> None:
    """Cut off the clients that have not taken the last words by now: they do not read."""
    for stream in get_hub().streams():
        stream.cut()
