"""The readers' threads: people who wait for Gmail are at most four at a time and process, ten seconds each."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import connection, connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
SECONDS = 10.0
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="reading")
_download = threading.Semaphore()  # 35 MB in base64 and JSON are some 100 MB


def in_time(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what asks Gmail in one of these threads. Raises TimeoutError after ten seconds, and what it raises.

    The caller's database connection goes back to the pool meanwhile: many may wait.
    """

    def run() -> T:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    if not connection.in_atomic_block:
        connection.close()
    future = _executor.submit(run)
    try:
        return future.result(SECONDS)
    except TimeoutError:
        future.cancel()
        raise


@contextmanager
def one_download() -> Iterator[None]:
    """Hold the process's only download. Raises TimeoutError if others take longer than ten seconds."""
    if not _download.acquire(timeout=SECONDS):
        raise TimeoutError
    try:
        yield
    finally:
        _download.release()
