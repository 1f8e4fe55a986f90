"""Waits for what other processes and threads do."""

import time
from collections.abc import Callable

import httpx


def eventually(
    true: Callable[[], object], seconds: float = 60, why: Callable[[], str] = lambda: "it did not happen"
) -> None:
    """Wait until something is true; the bound only ends a test that would hang, and `why` says more about it."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)


def status_of(url: str) -> int:
    """Return the status of a GET; 0 without an answer within 2 s."""
    try:
        return httpx.get(url, timeout=2).status_code
    except httpx.HTTPError:
        return 0
