"""Threads that wait for a silent database are left behind, and others work."""

import asyncio
from threading import Event

import pytest
from django.db import OperationalError

from realtime import log_threads
from realtime.log_threads import LIVES, LOG_THREADS, alive, in_log_thread


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_threads, "LONGEST_SECONDS", 0.1)
    monkeypatch.setattr(log_threads, "_executor", log_threads._new_executor())
    monkeypatch.setattr(log_threads, "_lost", 0)


def test_rule_13_nobody_waits_for_a_database_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Event()

    async def story() -> None:
        waits = [in_log_thread(answers.wait) for _ in range(2 * LOG_THREADS)]
        outcomes = await asyncio.gather(*waits, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {OperationalError}
        with monkeypatch.context() as patient:
            patient.setattr(log_threads, "LONGEST_SECONDS", 30)
            assert await in_log_thread(lambda: "here") == "here"
        for _ in range(LIVES):
            assert alive()
            with pytest.raises(OperationalError):
                await in_log_thread(answers.wait)
        assert not alive()

    try:
        asyncio.run(story())
    finally:
        answers.set()
