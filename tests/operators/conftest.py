"""Lets the pages wait for long: a machine that stands still is no database that hangs."""

import pytest

from operators import bounded, dashboard, health, metrics_page


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "PROBE_SECONDS", 60.0)
    monkeypatch.setattr(health, "PROBE_SECONDS", 60.0)
    monkeypatch.setattr(metrics_page, "WRITE_SECONDS", 60.0)
    monkeypatch.setattr(dashboard, "REDIS_SECONDS", 60.0)
