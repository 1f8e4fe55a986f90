"""Lets Gmail refuse a message, and gives its entry in the ledger."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from gmail_sync.models import SkippedMessage
from tests.support.google.harness import (
    Mailbox,
)


def refuse(gmail: Mailbox, gmail_id: str, **how: Any) -> None:
    """From now on Gmail refuses the message."""
    gmail.fault("messages.get", message_id=gmail_id, times=None, **how)


def entry(gmail_id: str) -> SkippedMessage:
    return SkippedMessage.objects.get(gmail_id=gmail_id)


def hours_pass() -> None:
    """Let every retry be due."""
    SkippedMessage.objects.exclude(retry_at=None).update(retry_at=Now() - timedelta(seconds=1))
