"""The last hour as plots: which metrics, in which unit, under which names."""

from dataclasses import asdict, dataclass

from realtime.process_minutes import Hour, Series

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
    """What operators look at, from Google to the page."""
    return [
        Plot("pushes", "Pushes a minute", "count", _by_label(hour, "finito_push_total", "result")),
        Plot("lag", "Push lag: from Google's publishing to us", "seconds", _shares(hour, "finito_push_lag_seconds")),
        Plot("syncs", "Syncs a minute", "count", _by_label(hour, "finito_sync_total", "result")),
        Plot("units", "Gmail's quota units a minute", "count", _by_label(hour, "finito_gmail_units_total", "method")),
        Plot("events", "Events written to streams a minute", "count", _by_label(hour, "finito_sse_events_total")),
        Plot("delivery", "Delivery: from commit to socket", "seconds", _shares(hour, "finito_sse_delivery_seconds")),
        Plot("streams", "Open streams", "level", [Line("streams", hour.states("finito_sse_connections"))]),
    ]


def as_json(hour: Hour, drawn: list[Plot]) -> dict[str, object]:
    """For plots.js: the minutes' beginnings in seconds since 1970, and the lines over them."""
    return {"times": [int(begin.timestamp()) for begin in hour.begins], "plots": [asdict(plot) for plot in drawn]}


def in_words(hour: Hour, name: str) -> str:
    """The percentiles of the whole hour: `12 ms, 40 ms, 95 ms`."""
    values = [hour.percentile(name, share) for share in SHARES.values()]
    return ", ".join(seconds(value) for value in values if value is not None) or "-"


def seconds(value: float) -> str:
    """`45 ms`, `1.2 s`."""
    return f"{value * 1_000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _by_label(hour: Hour, name: str, label: str = "") -> list[Line]:
    """The largest ones; the rest as one."""
    series = hour.counts(name, label)
    names = sorted(series, key=lambda key: -sum(value or 0.0 for value in series[key]))
    lines = [Line(key or "events", series[key]) for key in names[: LINES - 1]]
    if rest := [series[key] for key in names[LINES - 1 :]]:
        sums = [None if None in values else sum(value or 0.0 for value in values) for values in zip(*rest, strict=True)]
        lines.append(Line("others", sums))
    return lines


def _shares(hour: Hour, name: str) -> list[Line]:
    return [Line(*pair) for pair in zip(SHARES, hour.percentiles(name, list(SHARES.values())), strict=True)]
