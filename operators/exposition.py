"""The metrics page's content, as Prometheus's metrics.

The text format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import gmail_sync.metrics  # noqa: F401  (with the next one: every name is there from the first scrape)
from gmail_sync.status import Standing
from realtime.metrics import REDIS_UP, SUPABASE_RATE_REMAINING, SUPABASE_UP
from realtime.samples import PREFIX, Reading, name_of, samples
from realtime.totals import Totals

ENDINGS = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}
# The least that any process says; of other gauges the sum.
LEAST = {name_of(gauge) for gauge in (REDIS_UP, SUPABASE_UP, SUPABASE_RATE_REMAINING)}
# Name, meaning, label (without one the values have the key ""), and the values.
STANDING: list[tuple[str, str, str, Callable[[Standing], Mapping[str, float]]]] = [
    ("finito_mailboxes", "Mailboxes by state.", "state", lambda known: known.mailboxes),
    ("finito_watches", "Watches that are to be kept, by state.", "state", lambda known: known.watches),
    ("finito_mailboxes_due", "Mailboxes that wait for a worker, 10,000 at most.", "", lambda known: {"": known.due}),
    ("finito_mailboxes_failing", "Mailboxes that failed three times in a row or more.", "", lambda k: {"": k.failing}),
    ("finito_workers", "Workers that live, of all machines.", "", lambda known: {"": known.workers}),
]


@dataclass(frozen=True)
class Exposition(Collector):
    """The database's answers about all processes and about mailboxes; None: it did not answer.

    Then there are no counts, since those of this process alone would be less than what was shown before, and the
    gauges are of this process.
    """

    counted: Totals | None = None
    standing: Standing | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of all processes, by name, and then those that the database knows."""
        for metric in sorted(REGISTRY.collect(), key=lambda metric: metric.name):
            if metric.name.startswith(PREFIX):
                yield self._of_all_processes(metric)
        yield from self._standing()

    def _of_all_processes(self, metric: Metric) -> Metric:
        here = dict(samples(metric))
        found = self._states(metric.name, here) if metric.type == "gauge" else self._counts(metric, here)
        shown = Metric(metric.name, metric.documentation, metric.type)
        for (name, labels), value in found.items():
            shown.add_sample(name, dict(labels), value)
        return shown

    def _counts(self, metric: Metric, here: Reading) -> Reading:
        """Return the sums; 0 for a case that this process knows and nobody has counted."""
        if self.counted is None:
            return {}
        names = {f"{metric.name}{ending}" for ending in ENDINGS[metric.type]}
        return dict.fromkeys(here, 0.0) | {key: n for key, n in self.counted.counts.items() if key[0] in names}

    def _states(self, name: str, here: Reading) -> Reading:
        """Join the gauges of the living processes; without one that has written, return those of this process."""
        living = (self.counted and self.counted.states) or [here]
        keys = {key: None for reading in living for key in reading if key[0] == name}
        join = min if name in LEAST else sum
        return {key: join(reading[key] for reading in living if key in reading) for key in keys}

    def _standing(self) -> Iterator[Metric]:
        """Yield the state of mailboxes, watches and workers; without an answer no number, and no old one either."""
        known = self.standing
        up = {"": float(known is not None)}
        yield _gauge("finito_database_up", "1 if the database answered this scrape.", "", up)
        expiry = known.watch_expiry_seconds if known else None
        until = {"": math.nan if expiry is None else expiry}
        yield _gauge("finito_watch_expiry_seconds", "Until the nearest watch ends; below 0: it has.", "", until)
        for name, meaning, label, values in STANDING:
            yield _gauge(name, meaning, label, values(known) if known else {})


def _gauge(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label] if label else [])
    for value_of_label, value in values.items():
        family.add_metric([value_of_label] if label else [], value)
    return family
