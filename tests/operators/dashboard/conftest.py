"""Gives an operator, and a site in which all is well while the clock stands still."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch, WorkerHeartbeat


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still: rows are written and shown in the same minute."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def healthy(settings: Any) -> GmailAccount:
    """One mailbox with a working watch, one worker."""
    now = timezone.now()
    WorkerHeartbeat.objects.create(id="w", host="h", started_at=now, beaten_at=now)
    account = GmailAccount.objects.create(
        email="ann@gmail.example", google_sub="1", state="connected", next_sync_at=now + timedelta(minutes=9)
    )
    GmailWatch.objects.create(
        account=account, state="active", renew_at=now + timedelta(days=1), expires_at=now + timedelta(days=6)
    )
    return account
