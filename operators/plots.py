"""The last hour as plots: which metrics, in which unit, under which names."""

from dataclasses import asdict, dataclass

from prometheus_client import Counter, Histogram

from gmail_sync.metrics import GMAIL_UNITS, PUSH_LAG_SECONDS, PUSHES, SYNCS
from realtime.metrics import CONNECTIONS, DELIVERY_SECONDS, EVENTS, SHADOW_EVENTS, SHADOW_LAG_SECONDS, SUPABASE_PUBLISH
from realtime.process_minutes import Hour, Series
from realtime.samples import name_of
from realtime.transport.supabase import project

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
LINES = 5  # as many as can be told apart


@dataclass(frozen=True)
class Line:
    """One series by its name."""

    name: str
    values: Series


@dataclass(frozen=True)
class Plot:
    """`unit` is count (a minute), level or seconds."""

    id: str
    title: str
    unit: str
    lines: list[Line]


def plots(hour: Hour) -> list[Plot]:
    """Return the plots in the order of a mail's way, from Google to the page."""
    return [
        Plot("pushes", "Pushes a minute", "count", _by_label(hour, PUSHES, "result")),
        Plot("lag", "Push lag: from Google's publishing to us", "seconds", _shares(hour, PUSH_LAG_SECONDS)),
        Plot("syncs", "Syncs a minute", "count", _by_label(hour, SYNCS, "result")),
        Plot("units", "Gmail's quota units a minute", "count", _by_label(hour, GMAIL_UNITS, "method")),
        Plot("events", "Events written to streams a minute", "count", _by_label(hour, EVENTS)),
        Plot("delivery", "Delivery: from commit to socket", "seconds", _shares(hour, DELIVERY_SECONDS)),
        Plot("streams", "Open streams", "level", [Line("streams", hour.states(name_of(CONNECTIONS)))]),
        *(_of_supabase(hour) if project.configured() else []),
    ]


def _of_supabase(hour: Hour) -> list[Plot]:
    return [
        Plot("supabase", "Supabase: messages a minute", "count", _by_label(hour, SUPABASE_PUBLISH, "result")),
        Plot("shadow", "Supabase: events a minute at the canary", "count", _by_label(hour, SHADOW_EVENTS, "result")),
        Plot("shadow-lag", "Supabase: from commit to the canary", "seconds", _shares(hour, SHADOW_LAG_SECONDS)),
    ]


def as_json(hour: Hour, drawn: list[Plot]) -> dict[str, object]:
    """Return what plots.js draws: the minutes' beginnings in seconds since 1970, and the lines over them."""
    return {"times": [int(begin.timestamp()) for begin in hour.begins], "plots": [asdict(plot) for plot in drawn]}


def in_words(hour: Hour, metric: Histogram) -> str:
    """Write the percentiles of the whole hour: `12 ms, 40 ms, 95 ms`."""
    values = [hour.percentile(name_of(metric), share) for share in SHARES.values()]
    return ", ".join(seconds(value) for value in values if value is not None) or "-"


def seconds(value: float) -> str:
    """Write a time: `45 ms`, `1.2 s`."""
    return f"{value * 1_000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _by_label(hour: Hour, metric: Counter, label: str = "") -> list[Line]:
    """Return a line for each of the largest label values, and one for all others."""
    series = hour.counts(name_of(metric), label)
    names = sorted(series, key=lambda key: -sum(value or 0.0 for value in series[key]))
    lines = [Line(key or "events", series[key]) for key in names[: LINES - 1]]
    if rest := [series[key] for key in names[LINES - 1 :]]:
        sums = [None if None in values else sum(value or 0.0 for value in values) for values in zip(*rest, strict=True)]
        lines.append(Line("others", sums))
    return lines


def _shares(hour: Hour, metric: Histogram) -> list[Line]:
    percentiles = hour.percentiles(name_of(metric), list(SHARES.values()))
    return [Line(*pair) for pair in zip(SHARES, percentiles, strict=True)]
