"""Tells whether each process hears what the others publish: a publisher and a listener may both be well alone,
and speak to different servers (a switchover that kept old connections, a split, two addresses).

Each web and worker says every 10 s that it lives, in the database and through Redis; beside it a web writes whom it
does not hear (hearing.py), so that those connect anew as well, and operators see it.
"""

import os
import socket
import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import chain, repeat

from django.db.models import QuerySet
from django.db.models.functions import Now

from realtime.models import ProcessPulse
from realtime.periodic import Periodic
from realtime.transport import installation, publish

EVERYBODY = 0  # in the place of a user: the group of all processes, which each one that listens joins
BEAT_SECONDS = 10.0
LIVING_SECONDS = 2 * BEAT_SECONDS
REMEMBERED = timedelta(days=1)
MEND = "Give all processes the same REDIS_URL; after a failover, restart those that are not heard."


def listening_group(user_id: int) -> str:
    """Name the group that a listener joins for a user, or for EVERYBODY."""
    return installation.group("pulse") if user_id == EVERYBODY else installation.user_group(user_id)


def living() -> "QuerySet[ProcessPulse]":
    """Return the processes that beat, by the database's clock."""
    return ProcessPulse.objects.filter(beaten_at__gt=Now() - timedelta(seconds=LIVING_SECONDS))


def deaf() -> list[tuple[ProcessPulse, list[ProcessPulse]]]:
    """Pair each living process with the living ones that it does not hear."""
    beating = {pulse.id: pulse for pulse in living()}
    pairs = ((pulse, [beating[id] for id in pulse.unheard if id in beating]) for pulse in beating.values())
    return [(pulse, unheard) for pulse, unheard in pairs if unheard]


class Pulse(Periodic):
    """The beat of one process. `unheard` tells whom this process does not hear."""

    def __init__(self, kind: str, unheard: Callable[[], list[str]] = list) -> None:
        super().__init__("pulse", self.beat, chain([0.0], repeat(BEAT_SECONDS)), self.end)
        self.id, self.kind = uuid.uuid4().hex, kind
        self._unheard = unheard

    def beat(self) -> None:
        """Say that this process lives, to the database and to everybody. Raises DatabaseError."""
        unheard = self._unheard()
        if not ProcessPulse.objects.filter(pk=self.id).update(beaten_at=Now(), unheard=unheard):
            ProcessPulse.objects.filter(beaten_at__lt=Now() - REMEMBERED).delete()
            place = f"{socket.gethostname()}:{os.getpid()}"[:100]
            ProcessPulse.objects.create(
                id=self.id, kind=self.kind, process=place, started_at=Now(), beaten_at=Now(), unheard=unheard
            )
        if any(self.id in other for other in living().values_list("unheard", flat=True)):
            publish.renew()
        publish.send_soon(listening_group(EVERYBODY), {"type": "hub.pulse", "process": self.id})

    def end(self) -> None:
        """Remove the row. Raises DatabaseError."""
        ProcessPulse.objects.filter(pk=self.id).delete()
