"""The operators' pages of mailboxes, watches and members' acts. Actions only set due times: no request calls Google."""

from gmail_sync.admin import accounts, acts, skipped, watches  # noqa: F401
