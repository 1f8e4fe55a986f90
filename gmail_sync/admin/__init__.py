"""Managing mailboxes and watches. Actions only set due times: no call to Google is made in a request."""

from gmail_sync.admin import accounts, skipped, watches  # noqa: F401
