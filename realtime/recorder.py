"""Writes down what this process counts: its totals every few seconds, and once a minute a row for the dashboard.

Who has streams open here is told once a minute, too; who opens the first one, every few seconds.

`/metrics` adds up the totals of all processes (totals.py), the dashboard their minutes (process_minutes.py).
"""

import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from realtime import totals
from realtime.models import OpenStreams, ProcessMinute
from realtime.periodic import Periodic
from realtime.pieces import pieces
from realtime.samples import COUNTING, Key, Reading, as_json, read

MINUTE_SECONDS = 60
WRITE_SECONDS = 5.0  # a divisor of the minute: what a killed process has counted since is lost
OPEN_SECONDS = 90  # a minute, and time to write it
SPREAD_SECONDS = 2.0  # after the full five, so that many processes do not write at once


def open_streams() -> QuerySet[OpenStreams]:
    """Return the streams that are open, as the processes last told; a user's first one is told within seconds."""
    return OpenStreams.objects.filter(seen_at__gt=Now() - timedelta(seconds=OPEN_SECONDS))


class Recorder(Periodic):
    """One a process, of its `kind` (web, worker or pull). `streams` tells how many streams each user has open here."""

    def __init__(
        self,
        kind: str,
        streams: Callable[[], dict[int, int]] | None = None,
        own_totals: totals.OwnTotals = totals.own,
    ) -> None:
        super().__init__("recorder", self.write, _pauses(), self.end)
        self.kind, self.process = kind, f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._streams, self._totals = streams, own_totals
        self._told: dict[int, int] = {}  # the users whose streams are in the table, and how many it says they have
        self._recorded = self._counts()  # since when its minutes tell
        self._full_minutes = time.time() // MINUTE_SECONDS

    def write(self) -> None:
        """Write the totals, and the minute that has just ended. Raises DatabaseError; the next one makes it up."""
        self._totals.write()
        if (full_minutes := time.time() // MINUTE_SECONDS) != self._full_minutes:
            self.record()
            self._full_minutes = full_minutes
        else:
            self._tell_new_streams()

    def end(self) -> None:
        """Write the last, incomplete minute; nobody has a stream open here any more. Raises DatabaseError."""
        self._streams = None
        self._totals.write(ended=True)
        self.record()

    def record(self) -> None:
        """Write the minute that has just ended. What is not written goes with the next one. Raises DatabaseError."""
        counts = self._counts()
        changes = {key: value - self._recorded.get(key, 0.0) for key, value in counts.items()}
        samples = {key: value for key, value in changes.items() if _happened(key, changes)}
        samples |= read(self._totals.registry, "gauge")
        with transaction.atomic():
            ProcessMinute.objects.create(
                minute=_minute(), kind=self.kind, process=self.process, samples=as_json(samples)
            )
            self._tell_streams()
        self._recorded = counts

    def _tell_streams(self) -> None:
        """Tell who has streams open still: of a crowd that stays, each minute is one UPDATE."""
        open_here = self._streams() if self._streams else {}
        told, self._told = self._told, {}  # where this fails, the next one tells all anew
        mine = OpenStreams.objects.filter(process=self.process)
        staying = {user: count for user, count in told.items() if open_here.get(user) == count}
        for piece in pieces(told.keys() - staying.keys()):
            mine.filter(user__in=piece).delete()
        if mine.update(seen_at=timezone.now()) == len(staying):
            self._told = staying
        else:  # a row went with its user, or was cleared away
            mine.delete()
        self._tell_new_streams()

    def _tell_new_streams(self) -> None:
        """Tell who has opened streams since: what is done sooner for whoever looks does not wait for the minute."""
        open_here = self._streams() if self._streams else {}
        now = timezone.now()
        for piece in pieces(open_here.keys() - self._told.keys()):
            users = get_user_model().objects.filter(pk__in=piece).values_list("pk", flat=True)
            rows = [OpenStreams(user_id=u, process=self.process, streams=open_here[u], seen_at=now) for u in users]
            OpenStreams.objects.bulk_create(rows)
            self._told.update((row.user_id, row.streams) for row in rows)

    def _counts(self) -> Reading:
        return read(self._totals.registry, *COUNTING)


def _pauses() -> Iterator[float]:
    yield 0.0
    while True:
        yield WRITE_SECONDS - time.time() % WRITE_SECONDS + random.uniform(0, SPREAD_SECONDS)


def _happened(key: Key, changes: Reading) -> bool:
    """Tell whether to keep it. A histogram's buckets stay together: an empty one says where the next begins."""
    name, labels = key
    if name.endswith("_bucket"):
        key = f"{name.removesuffix('_bucket')}_count", tuple(pair for pair in labels if pair[0] != "le")
    return changes[key] > 0


def _minute() -> datetime:
    """Return the minute that most of what is written fell into."""
    return (timezone.now() - timedelta(seconds=MINUTE_SECONDS / 2)).replace(second=0, microsecond=0)
