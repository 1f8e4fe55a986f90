"""The readers' threads: people who wait for Gmail are at most four at a time and process, ten seconds each.

Those who search have four of their own: a mail opens while many search.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.db import connection, connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
SECONDS = 10.0
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="reading")
_searchers = ThreadPoolExecutor(THREADS, thread_name_prefix="searching")
_large = threading.Semaphore()  # 35 MB in base64 and JSON are some 100 MB


def in_time(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what asks Gmail in one of these threads. Raises TimeoutError after ten seconds, and what it raises.

    The caller's database connection goes back to the pool meanwhile: many may wait.
    """
    future = _submit(_executor, lambda: function(*args, **kwargs))
    try:
        return future.result(SECONDS)
    except TimeoutError:
        future.cancel()
        raise


def all_in_time(functions: Iterable[Callable[[], T]]) -> list[T | Exception]:
    """Run all at once in the searchers' threads. Returns of each its result, or what it raised, in their order.

    Of what has not ended after ten seconds, that is a TimeoutError.
    """
    futures = [_submit(_searchers, function) for function in functions]
    done, late = wait(futures, SECONDS)
    for future in late:
        future.cancel()
    return [_outcome(future) if future in done else TimeoutError() for future in futures]


def _submit(executor: ThreadPoolExecutor, function: Callable[[], T]) -> "Future[T]":
    def run() -> T:
        try:
            return function()
        finally:
            connections.close_all()

    release_connection()
    return executor.submit(run)


def release_connection() -> None:
    """Give the caller's database connection back while they wait."""
    if not connection.in_atomic_block:
        connection.close()


def _outcome(future: "Future[Any]") -> Any:
    try:
        return future.result()
    except Exception as error:
        return error


@contextmanager
def one_large() -> Iterator[None]:
    """Hold the process's only call for something large. Raises TimeoutError if others take longer than ten seconds."""
    if not _large.acquire(timeout=SECONDS):
        raise TimeoutError
    try:
        yield
    finally:
        _large.release()
