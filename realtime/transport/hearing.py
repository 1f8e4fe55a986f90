"""Compares the processes that a web hears through Redis with those that say in the database that they publish.

Whom it finds there and has not heard for 25 s is unheard: their events come late. Then the log is read each second, and
connections are renewed.
"""

import math
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from realtime.transport.pulse import MEND, living

logger = structlog.get_logger(__name__)

UNHEARD_SECONDS = (
    25.0  # two beats may be lost: a false alarm is worse; and more than LIVING_SECONDS: the dead are silent
)
ON_THE_WAY_SECONDS = 3.0
RENEW_SECONDS = 30.0


def beating() -> dict[str, bool]:
    """Map each process that has beaten for long enough to whether its last beat should have been heard by now."""
    long_ago, just_now = timedelta(seconds=UNHEARD_SECONDS), timedelta(seconds=ON_THE_WAY_SECONDS)
    arrived = ExpressionWrapper(Q(beaten_at__lt=Now() - just_now), BooleanField())
    rows = living().filter(started_at__lt=Now() - long_ago).annotate(arrived=arrived)
    return dict(rows.values_list("id", "arrived"))


class Hearing:
    """The processes that this one has heard and when, and those `unheard`. `renew` gives it other connections."""

    def __init__(self, renew: Callable[[], None]) -> None:
        self.unheard: set[str] = set()
        self._renew, self._next_renewal = renew, 0.0
        self._heard_at: dict[str, float] = {}
        self._since = time.monotonic()

    def listen(self, up: bool) -> None:
        """Take note that its own connection is proven, or gone: then silence proves nothing."""
        self._since = time.monotonic() if up else math.inf

    def told(self) -> list[str]:
        """Return the unheard in order; from any thread."""
        return sorted(set(self.unheard))

    def hear(self, process: str) -> None:
        """Take note that the process was heard."""
        self._heard_at[process] = time.monotonic()
        if process in self.unheard:
            self.unheard.discard(process)
            logger.info("pulse.heard_again", unheard=len(self.unheard))

    def judge(self, beating: dict[str, bool]) -> None:
        """Find the beating processes that are not heard; an unheard one stays so until it is heard."""
        now = time.monotonic()
        due = [one for one, arrived in beating.items() if arrived]
        silent = {one for one in due if now - max(self._since, self._heard_at.get(one, 0)) > UNHEARD_SECONDS}
        if silent - self.unheard:
            logger.error("pulse.unheard", unheard=len(silent), mend=MEND)
        self.unheard = silent | (self.unheard & beating.keys())
        self._heard_at = {one: at for one, at in self._heard_at.items() if one in beating or now - at < UNHEARD_SECONDS}
        if self.unheard and now > self._next_renewal:
            self._next_renewal = now + RENEW_SECONDS
            self._renew()
