"""A thread that does one thing again and again, as long as the process lives."""

import threading
from collections.abc import Callable, Iterable

import structlog
from django.db import close_old_connections

logger = structlog.get_logger(__name__)

STOP_SECONDS = 1.0


class Periodic:
    """Calls `act` after each pause (seconds), and `end` once it is stopped. An error is logged when it is a new one."""

    def __init__(
        self, name: str, act: Callable[[], object], pauses: Iterable[float], end: Callable[[], object]
    ) -> None:
        self._act, self._pauses, self._end = act, pauses, end
        self._failed = f"{name}.failed"
        self._error = ""  # of the last call
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin with the first pause."""
        self._thread.start()

    def stop(self) -> None:
        """Let it end, and wait for it STOP_SECONDS at most, whatever the database does."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        for pause in self._pauses:
            if self._stopping.wait(pause):
                break
            self._guarded(self._act)
        self._guarded(self._end)

    def _guarded(self, act: Callable[[], object]) -> None:
        before, self._error = self._error, ""
        try:
            act()
        except Exception as error:
            self._error = type(error).__name__
            if self._error != before:
                logger.warning(self._failed, error=self._error)
        finally:
            close_old_connections()
