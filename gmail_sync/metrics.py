"""The sync's metrics (Prometheus); names and meanings are in README.md."""

from prometheus_client import Counter, Histogram

PUSHES = Counter("finito_push", "Pushes by what became of them.", ["result"])
PUSH_LAG_SECONDS = Histogram("finito_push_lag_seconds", "Publishing by Google to taking by us.")
SYNC_SECONDS = Histogram("finito_sync_seconds", "One mailbox brought up to date.")
SYNCS = Counter("finito_sync", "Syncs by outcome.", ["result"])
GMAIL_UNITS = Counter("finito_gmail_units", "Quota units spent.", ["method"])
GMAIL_CALLS = Counter("finito_gmail_calls", "Calls to Gmail.", ["method", "status"])
