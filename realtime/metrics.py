"""The stream's and the log's metrics (Prometheus); docs/metrics.md says what they mean."""

import time

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS = Gauge("finito_sse_connections", "Open streams.")
CONNECTS = Counter("finito_sse_connects", "Streams opened.", ["resume"])
CLOSES = Counter("finito_sse_closes", "Streams ended.", ["reason"])
EVENTS = Counter("finito_sse_events", "Events written to streams.")
ASKS = Counter("finito_sse_asks", "Answers to those who ask for their events.", ["outcome"])
DELIVERY_SECONDS = Histogram(
    "finito_sse_delivery_seconds",
    "Commit to socket.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
GAPS_HEALED = Counter("finito_sse_gaps_healed", "Times a stream had to look into the log.", ["cause"])
REDIS_UP = Gauge("finito_redis_up", "1 while Redis carries our messages.")
PUBLISH_FAILURES = Counter("finito_publish_failures", "Notices that Redis did not take.")

# A process without a listener says nothing against Redis, and the page shows the least that any of them says.
REDIS_UP.set(1)
# Every known case is there from the first scrape: a rate needs the 0 before the 1.
for resume in ("fresh", "ok", "reset", "bad"):
    CONNECTS.labels(resume=resume)
for reason in ("gone", "auth", "deploy", "cap", "age", "slow", "error"):
    CLOSES.labels(reason=reason)
for outcome in ("events", "nothing", "reset", "refused"):
    ASKS.labels(outcome=outcome)
for cause in ("notice", "heads"):
    GAPS_HEALED.labels(cause=cause)


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
