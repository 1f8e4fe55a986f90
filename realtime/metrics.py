"""The stream's and the log's metrics (Prometheus); docs/metrics.md says what they mean."""

import math
import time
from collections.abc import Iterable

import prometheus_client as library
from prometheus_client import Counter, Gauge, Histogram, Metric

# The library's own are on no page of ours, and one lists all open files each time: of 10,000 streams, 15 ms.
for collector in (library.GC_COLLECTOR, library.PLATFORM_COLLECTOR, library.PROCESS_COLLECTOR):
    library.REGISTRY.unregister(collector)

BRIEF = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class GaugeOnceKnown(Gauge):
    """A gauge without a sample until it is set: 0 would say something."""

    def collect(self) -> Iterable[Metric]:
        """Yield the metric, for as long as it is NaN without its value."""
        for metric in super().collect():
            metric.samples = [sample for sample in metric.samples if not math.isnan(sample.value)]
            yield metric


CONNECTIONS = Gauge("finito_sse_connections", "Open streams.")
CONNECTS = Counter("finito_sse_connects", "Streams opened.", ["resume"])
CLOSES = Counter("finito_sse_closes", "Streams ended.", ["reason"])
EVENTS = Counter("finito_sse_events", "Events written to streams.")
ASKS = Counter("finito_sse_asks", "Answers to those who ask for their events.", ["outcome"])
DELIVERY_SECONDS = Histogram("finito_sse_delivery_seconds", "Commit to socket.", buckets=BRIEF)
GAPS_HEALED = Counter("finito_sse_gaps_healed", "Times a stream had to look into the log.", ["cause"])
REDIS_UP = Gauge("finito_redis_up", "1 while Redis carries our messages.")
PUBLISH_FAILURES = Counter("finito_publish_failures", "Notices that Redis did not take.")
SUPABASE_UP = Gauge("finito_supabase_up", "1 while Supabase takes our messages.")
SUPABASE_PUBLISH = Counter("finito_supabase_publish", "Messages for Supabase.", ["result"])
SUPABASE_PUBLISH_SECONDS = Histogram("finito_supabase_publish_seconds", "Until Supabase answered.", buckets=BRIEF)
SUPABASE_RATE_REMAINING = GaugeOnceKnown("finito_supabase_rate_remaining", "Messages a second that are left there.")
TICKETS = Counter("finito_tickets", "Answers to pages that ask how to listen.", ["transport"])
CLIENT_GAPS = Counter("finito_client_gaps", "Holes that pages have seen.", ["transport"])
CLIENT_FALLBACKS = Counter("finito_client_fallbacks", "Times that pages went back to their stream.", ["reason"])
CLIENT_LAG_SECONDS = Histogram("finito_client_lag_seconds", "Commit to page, over Supabase.", buckets=BRIEF)
SHADOW_EVENTS = Counter("finito_shadow_events", "The log's events, as the canary heard them.", ["result"])
SHADOW_LAG_SECONDS = Histogram("finito_shadow_lag_seconds", "Commit to the canary, over Supabase.", buckets=BRIEF)

# A process without a listener says nothing against Redis, and the page shows the least that any of them says.
REDIS_UP.set(1)
SUPABASE_UP.set(1)
SUPABASE_RATE_REMAINING.set(math.nan)
# Every known case is there from the first scrape: a rate needs the 0 before the 1.
for resume in ("fresh", "ok", "reset", "bad"):
    CONNECTS.labels(resume=resume)
for reason in ("gone", "auth", "deploy", "cap", "age", "slow", "error"):
    CLOSES.labels(reason=reason)
for outcome in ("events", "nothing", "reset", "refused"):
    ASKS.labels(outcome=outcome)
for cause in ("notice", "heads"):
    GAPS_HEALED.labels(cause=cause)
for result in ("taken", "limited", "refused", "failed", "skipped"):
    SUPABASE_PUBLISH.labels(result=result)
for result in ("seen", "missing", "late", "repeated", "reordered"):
    SHADOW_EVENTS.labels(result=result)
for transport in ("supabase", "sse"):
    TICKETS.labels(transport=transport)
CLIENT_GAPS.labels(transport="supabase")
for cause in ("gap", "other"):
    CLIENT_FALLBACKS.labels(reason=cause)


_delivered = 0
_took: list[float] = []


def delivered(events: int, committed_at: float) -> None:
    """Note events that were handed to a socket; the oldest was committed then (seconds since 1970, 0: unknown)."""
    global _delivered
    if events:
        _delivered += events
        if committed_at:
            _took.append(time.time() - committed_at)


def count_delivered() -> None:
    """Count what was noted, once a second: a lock and a search among buckets would cost as much as the delivery."""
    global _delivered
    events, _delivered = _delivered, 0
    EVENTS.inc(events)
    for seconds in _took:
        DELIVERY_SECONDS.observe(max(0.0, seconds))
    _took.clear()
