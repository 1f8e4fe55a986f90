"""The counts of all processes since the beginning: each writes a row of its own, and `/metrics` adds them up.

A row holds the process's own totals and not what came since the last time, so that a write may fail or be repeated. No
two processes write the same row; those of processes that are gone are made one (docs/adr/0028-one-store-for-counts.md).
"""

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now
from prometheus_client import REGISTRY, CollectorRegistry

from realtime.models import ProcessTotals
from realtime.pieces import pieces
from realtime.samples import COUNTING, Key, Reading, Stored, as_json, from_json, read

SILENT = timedelta(seconds=30)  # several writes (recorder.py); then its gauges say nothing any more

_LIVING = Q(ended=False, written_at__gt=Now() - SILENT, written_at__lt=Now() + SILENT)


class OwnTotals:
    """The row of this process."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self._id = ""
        self._written: Reading = {}
        self._states: Reading = {}
        self._folded: Reading = {}  # what another row has of ours, since we were taken for dead
        self._writing = threading.Lock()  # an older reading must not follow a newer one

    def write(self, ended: bool = False) -> None:
        """Store what this process has counted; `ended`: it will count no more. Raises DatabaseError."""
        with self._writing:
            self._write(read(self.registry, *COUNTING), {} if ended else read(self.registry, "gauge"), ended)

    def write_if_changed(self) -> None:
        """Store what has changed since, if anything has: a writer waits for another at SQLite. Raises DatabaseError."""
        with self._writing:
            counts, states = read(self.registry, *COUNTING), read(self.registry, "gauge")
            if not self._id or (counts, states) != (self._written, self._states):
                self._write(counts, states, ended=False)

    def _write(self, counts: Reading, states: Reading, ended: bool) -> None:
        if not self._update(counts, states, ended):
            fold()
            self._id, self._folded = uuid.uuid4().hex, self._written
            ProcessTotals.objects.create(id=self._id, **self._columns(counts, states, ended))
        self._written, self._states = counts, states

    def _update(self, counts: Reading, states: Reading, ended: bool) -> int:
        mine = ProcessTotals.objects.filter(pk=self._id, ended=False)
        return mine.update(**self._columns(counts, states, ended)) if self._id else 0

    def _columns(self, counts: Reading, states: Reading, ended: bool) -> dict[str, object]:
        ours = {key: value - self._folded.get(key, 0.0) for key, value in counts.items()}
        grown = {key: value for key, value in ours.items() if value}
        return {"counts": as_json(grown), "states": as_json(states), "ended": ended, "written_at": Now()}


own = OwnTotals()


@dataclass(frozen=True)
class Totals:
    """One moment of all processes: the sums of their counts, and the states of each that lives."""

    counts: Reading
    states: list[Reading]


def stored() -> Totals:
    """Read all rows, in one statement: a row that is folded meanwhile counts once. Raises DatabaseError."""
    living = ExpressionWrapper(_LIVING, output_field=BooleanField())
    rows = list(ProcessTotals.objects.annotate(living=living).values_list("counts", "states", "living"))
    return Totals(_sum(counts for counts, *_ in rows), [from_json(states) for _, states, living in rows if living])


def fold() -> None:
    """Make one row of those whose processes are gone. One that was only silent goes on with a new row."""
    with transaction.atomic():
        gone = list(ProcessTotals.objects.exclude(_LIVING).order_by("pk").select_for_update())
        if len(gone) > 1:
            for piece in pieces([row.pk for row in gone]):
                ProcessTotals.objects.filter(pk__in=piece).delete()
            counts = as_json(_sum(row.counts for row in gone))
            ProcessTotals.objects.create(id=uuid.uuid4().hex, counts=counts, ended=True, written_at=Now())


def _sum(rows: Iterable[Stored]) -> Reading:
    sums: dict[Key, float] = defaultdict(float)
    for row in rows:
        for key, value in from_json(row).items():
            sums[key] += value
    return dict(sums)
