"""The states that a mailbox and its watch can be in."""

from django.db import models


class AccountState(models.TextChoices):
    SYNCING = "syncing", "first sync"
    CONNECTED = "connected", "connected"
    REAUTH_REQUIRED = "reauth_required", "consent needed"
    CLOSING = "closing", "closing"


class WatchState(models.TextChoices):
    NONE = "none", "no watch"
    ACTIVE = "active", "active"
    SILENT = "silent", "silent: no notification arrives"
    FAILED = "failed", "failed"


PROBE_SECONDS = 120  # a notification arrives within seconds, or something on its way is broken

SYNCABLE = [AccountState.SYNCING, AccountState.CONNECTED, AccountState.CLOSING]
