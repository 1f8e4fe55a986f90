"""The workers' heartbeats: each worker writes its row from its main loop, so that a hanging one falls silent, too."""

import socket
import time
import uuid
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from gmail_sync.models import WorkerHeartbeat

BEAT_SECONDS = 10
ALIVE_SECONDS = 30
REMEMBERED = timedelta(days=1)


def alive() -> "QuerySet[WorkerHeartbeat]":
    """Return the workers that wrote their row within the last 30 s, by the database's clock."""
    alive = timedelta(seconds=ALIVE_SECONDS)  # ahead: before a clock was set back, and not since
    return WorkerHeartbeat.objects.filter(beaten_at__gt=Now() - alive, beaten_at__lt=Now() + alive)


def forget_the_dead() -> None:
    """Delete the rows of workers that died a day ago, and rows from the future: living workers write theirs again."""
    never = Q(beaten_at__gt=Now() + timedelta(seconds=ALIVE_SECONDS))
    WorkerHeartbeat.objects.filter(Q(beaten_at__lt=Now() - REMEMBERED) | never).delete()


class Heartbeat:
    """The row of one worker process. Each method raises DatabaseError."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self._due_at = 0.0

    def beat_if_due(self) -> None:
        """Write the row, every 10 s."""
        if time.monotonic() < self._due_at:
            return
        if not WorkerHeartbeat.objects.filter(pk=self.id).update(beaten_at=Now()):
            WorkerHeartbeat.objects.create(
                id=self.id, host=socket.gethostname()[:255], started_at=Now(), beaten_at=Now()
            )
        self._due_at = time.monotonic() + BEAT_SECONDS

    def end(self) -> None:
        """Remove the row: the worker takes no more work."""
        WorkerHeartbeat.objects.filter(pk=self.id).delete()
