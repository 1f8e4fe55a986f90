"""Tells a long-running command when to end: SIGTERM from a platform, SIGINT from a keyboard."""

import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def at_the_end(stop: Callable[[], object]) -> None:
    """Call `stop` at each of these signals, in a thread of its own. To be called in the main thread.

    A handler runs in the main thread, between any two of its steps: were it to set an Event that the main thread is
    just about to wait for, it would wait for the Event's own lock, which the main thread holds, for ever. The one thing
    that a handler may always do is to put (https://docs.python.org/3/library/queue.html#queue.SimpleQueue.put).
    """
    received: SimpleQueue[int] = SimpleQueue()

    def obey() -> None:
        while True:
            received.get()
            stop()

    threading.Thread(target=obey, name="signals", daemon=True).start()
    for signum in SIGNALS:
        signal.signal(signum, lambda signum, _: received.put(signum))
