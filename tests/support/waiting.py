"""Waits for what other processes and threads do."""

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit


def eventually(
    true: Callable[[], object], seconds: float = 60, why: Callable[[], str] = lambda: "it did not happen"
) -> None:
    """Wait until something is true; the bound only ends a test that would hang, and `why` says more about it.

    It asks ever less often, at most a tenth too late: what it asks keeps processors from what it waits for.
    """
    began = time.monotonic()
    while not true():
        waited = time.monotonic() - began
        assert waited < seconds, why()
        time.sleep(min(max(0.02, waited / 10), 0.25))


def status_of(url: str) -> int:
    """Return the status of a GET; 0 without an answer within 10 s."""
    address = urlsplit(url)
    connection = (HTTPSConnection if address.scheme == "https" else HTTPConnection)(address.netloc, timeout=10)
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
