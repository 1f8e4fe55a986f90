"""How a test waits for what other processes and threads do."""

import time
from collections.abc import Callable


def eventually(
    true: Callable[[], object], seconds: float = 60, why: Callable[[], str] = lambda: "it did not happen"
) -> None:
    """Wait until something is true; the bound only ends a test that would hang, and `why` says more about it."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)
