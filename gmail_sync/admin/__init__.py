"""The operators' pages of mailboxes and watches. Actions only set due times: no request calls Google."""

from gmail_sync.admin import accounts, skipped, watches  # noqa: F401
