"""Makes Gmail's batches small, so that a few mails take several."""

import pytest

from gmail_sync.gmail import api as gmail_api


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gmail_api, "BATCH_SIZE", 2)
