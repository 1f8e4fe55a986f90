"""The sync's metrics (Prometheus); docs/metrics.md says what they mean."""

from datetime import UTC, datetime

from prometheus_client import Counter, Histogram

from gmail_sync.quota import UNITS
from gmail_sync.states import SyncResult

PUSHES = Counter("finito_push", "Pushes by what became of them.", ["result"])
PUSH_LAG_SECONDS = Histogram(
    "finito_push_lag_seconds",
    "Publishing by Google to taking by us.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600),
)
SYNC_SECONDS = Histogram(
    "finito_sync_seconds",
    "One mailbox brought up to date.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
SYNCS = Counter("finito_sync", "Syncs by outcome.", ["result"])
UNANNOUNCED = Counter("finito_sync_unannounced", "Syncs that found changes of which no push had told.")
GMAIL_UNITS = Counter("finito_gmail_units", "Quota units spent.", ["method"])
GMAIL_CALLS = Counter(
    "finito_gmail_calls", "Calls to Gmail; the status is `none` without an answer.", ["method", "status"]
)

PUSH_RESULTS = ("taken", "unknown_mailbox", "unreadable", "refused", "certs_unavailable", "database_unavailable")
# Every known case is there from the first scrape: a rate needs the 0 before the 1.
for result in PUSH_RESULTS:
    PUSHES.labels(result=result)
for sync_result in SyncResult:
    SYNCS.labels(result=sync_result)
for method in UNITS:
    GMAIL_UNITS.labels(method=method)
    for status in ("200", "none"):
        GMAIL_CALLS.labels(method=method, status=status)


def pushed(result: str, published_at: datetime | None = None) -> None:
    """Count a push by its result, and its lag if Google says when it was published."""
    PUSHES.labels(result=result).inc()
    if published_at is not None:
        PUSH_LAG_SECONDS.observe(max(0.0, (datetime.now(UTC) - published_at).total_seconds()))
