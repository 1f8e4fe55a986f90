"""The stream's and the log's metrics (Prometheus); names and meanings are in README.md."""

import time

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS = Gauge("finito_sse_connections", "Open streams.", multiprocess_mode="livesum")
CONNECTS = Counter("finito_sse_connects", "Streams opened.", ["resume"])
CLOSES = Counter("finito_sse_closes", "Streams ended.", ["reason"])
EVENTS = Counter("finito_sse_events", "Events written to streams.")
DELIVERY_SECONDS = Histogram("finito_sse_delivery_seconds", "Commit to socket.")
GAPS_HEALED = Counter("finito_sse_gaps_healed", "Times a stream had to look into the log.", ["cause"])
REDIS_UP = Gauge("finito_redis_up", "1 while Redis carries our messages.", multiprocess_mode="livemin")
PUBLISH_FAILURES = Counter("finito_publish_failures", "Notices that Redis did not take.")


def delivered(events: int, committed_at: float) -> None:
    """So many events were handed to a socket; the oldest was committed then (seconds since 1970)."""
    if events:
        EVENTS.inc(events)
        DELIVERY_SECONDS.observe(max(0.0, time.time() - committed_at))
