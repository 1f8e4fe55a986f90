"""The last hour of all processes, from their minutes: sums by label, states, and percentiles over merged buckets."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from realtime.models import ProcessMinute

MINUTES = 60
SILENT_MINUTES = 3  # a process that has not written for so long is gone

Series = list[float | None]  # a value for each minute; None: nobody wrote
Buckets = dict[float, float]  # upper bound in seconds: how many were at or below it


class Hour:
    """The sixty full minutes before `now`; a series has one value for each of them."""

    def __init__(self, now: datetime) -> None:
        self.end = now.replace(second=0, microsecond=0)
        self.begins = [self.end - timedelta(minutes=ago) for ago in range(MINUTES, 0, -1)]
        self._places = {begin: place for place, begin in enumerate(self.begins)}
        rows = ProcessMinute.objects.filter(minute__gte=self.begins[0], minute__lt=self.end).order_by("pk")
        self._rows = list(rows)

    def counts(self, name: str, label: str = "") -> dict[str, Series]:
        """Count the cases of each minute by the values of one label; without a label under ""."""
        written = {row.minute for row in self._rows}
        nothing = [0.0 if begin in written else None for begin in self.begins]
        series: dict[str, Series] = defaultdict(nothing.copy)
        for row in self._rows:
            place = self._places[row.minute]
            for labels, value in row.samples.get(name, []):
                line = series[labels.get(label, "")]
                line[place] = (line[place] or 0.0) + value
        return dict(sorted(series.items())) or {"": nothing}

    def states(self, name: str) -> Series:
        """Add up a gauge over the processes at each minute's end; None where nobody wrote."""
        last: dict[tuple[datetime, str], float] = {}
        for row in self._rows:
            if pairs := row.samples.get(name):
                last[row.minute, row.process] = sum(value for _, value in pairs)
        series: Series = [None] * MINUTES
        for (minute, _), value in last.items():
            place = self._places[minute]
            series[place] = (series[place] or 0.0) + value
        return series

    def percentiles(self, name: str, shares: Sequence[float]) -> list[Series]:
        """Return for each share (0.5, 0.95, ...) the seconds within which that part of each minute's cases was done."""
        minutes = self._histogram(name)
        return [[percentile(buckets, share) for buckets in minutes] for share in shares]

    def percentile(self, name: str, share: float) -> float | None:
        """Return the seconds within which that share of the whole hour's cases was done."""
        merged: Buckets = defaultdict(float)
        for buckets in self._histogram(name):
            for bound, count in buckets.items():
                merged[bound] += count
        return percentile(merged, share)

    def processes(self, kind: str) -> list[ProcessMinute]:
        """Return the newest minute of each process of the kind that still writes."""
        since = self.end - timedelta(minutes=SILENT_MINUTES)
        newest = {row.process: row for row in self._rows if row.kind == kind and row.minute >= since}
        return list(newest.values())

    def _histogram(self, name: str) -> list[Buckets]:
        """Add up each minute's buckets over all processes."""
        minutes: list[Buckets] = [defaultdict(float) for _ in self.begins]
        for row in self._rows:
            for labels, value in row.samples.get(f"{name}_bucket", []):
                minutes[self._places[row.minute]][float(labels["le"])] += value
        return minutes


def percentile(buckets: Buckets, share: float) -> float | None:
    """Interpolate within the bucket, as Prometheus's histogram_quantile does; None without a case.

    A case above the last finite bound counts as that bound.
    """
    total = max(buckets.values(), default=0.0)
    if not total:
        return None
    rank, lower, below = share * total, 0.0, 0.0
    for bound in sorted(buckets):
        count = buckets[bound]
        if count >= rank:
            if math.isinf(bound):
                return lower
            return lower + (bound - lower) * ((rank - below) / (count - below) if count > below else 1.0)
        lower, below = bound, count
    return lower
