"""Ends a process that is told to: SIGTERM from a platform, SIGINT from a keyboard."""

import os
import signal
import threading
from collections.abc import Callable

import structlog

logger = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
LAST_SECONDS = 11.5  # platforms kill after 12 and more, and then nobody is told
LAST_WORDS_SECONDS = 0.1


def at_the_end(stop: Callable[[], object]) -> None:
    """Call `stop` at each of these signals, in a thread of its own; see `end_at_last`. To be called in the main thread.

    A handler of Python's would come too late where the main thread waits in C, as for a locked SQLite file; and it runs
    between any two steps of that thread, whose locks it must not want. So Python's own C handler writes to a pipe.
    """
    received, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for signum in SIGNALS:
        signal.signal(signum, lambda signum, frame: None)

    def obey() -> None:
        while True:
            if os.read(received, 1)[0] in SIGNALS:
                end_at_last()
                stop()

    threading.Thread(target=obey, name="signals", daemon=True).start()


def end_at_last() -> None:
    """End the process in LAST_SECONDS if it lives by then: a thread hangs that nobody can end, as for its database.

    Nothing is lost by it: claims, streams and pulses expire by themselves.
    """
    timer = threading.Timer(LAST_SECONDS, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    words = threading.Thread(target=logger.error, args=["process.ended_hanging"], daemon=True)
    words.start()
    words.join(LAST_WORDS_SECONDS)  # the log may be what hangs
    os._exit(0)
