"""Lets a listener look round often. It waits for long: a machine that stands still is no Redis that hangs."""

import pytest

from realtime.transport import groups, listener, subscriber


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "ROUND_SECONDS", 0.02)
    monkeypatch.setattr(subscriber, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(subscriber, "ANSWER_SECONDS", 60.0)
    monkeypatch.setattr(groups, "JOIN_SECONDS", 60.0)
