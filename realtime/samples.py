"""Our metrics' samples in this process's registry, and as the rows of totals and minutes keep them."""

import math
from collections import defaultdict

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.metrics import MetricWrapperBase

PREFIX = "finito_"
COUNTING = ("counter", "histogram")  # types that only grow; a gauge is a state

Labels = tuple[tuple[str, str], ...]
Key = tuple[str, Labels]
Reading = dict[Key, float]
Stored = dict[str, list[tuple[dict[str, str], float]]]  # by sample name: pairs of labels and value


def read(registry: CollectorRegistry, *types: str) -> Reading:
    """Read every sample of our metrics of these types, without the times of their creation.

    One that is no number is left out: JSON has none for it, and with it all others could not be stored.
    """
    ours = (metric for metric in registry.collect() if metric.name.startswith(PREFIX) and metric.type in types)
    return {key: value for metric in ours for key, value in samples(metric) if math.isfinite(value)}


def samples(metric: Metric) -> list[tuple[Key, float]]:
    """Return the samples of one metric, in its order."""
    found = [((sample.name, tuple(sorted(sample.labels.items()))), sample.value) for sample in metric.samples]
    return [(key, value) for key, value in found if not key[0].endswith("_created")]


def as_json(reading: Reading) -> Stored:
    """Return the samples as a JSON column keeps them."""
    by_name: Stored = defaultdict(list)
    for (name, labels), value in reading.items():
        by_name[name].append((dict(labels), value))
    return by_name


def from_json(stored: Stored) -> Reading:
    """Return the samples that a JSON column keeps."""
    pairs = ((name, labels, value) for name, values in stored.items() for labels, value in values)
    return {(name, tuple(sorted(labels.items()))): value for name, labels, value in pairs}


def name_of(metric: MetricWrapperBase) -> str:
    """Return the metric's name on the page: a counter's ends in `_total`."""
    (family,) = metric.describe()
    return f"{family.name}_total" if family.type == "counter" else str(family.name)
