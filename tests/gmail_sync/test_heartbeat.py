"""The heartbeat of a worker: written from its loop, by the database's clock, gone with its worker."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from gmail_sync import heartbeat
from gmail_sync.heartbeat import Heartbeat
from gmail_sync.models import WorkerHeartbeat
from gmail_sync.sync import worker as worker_module
from gmail_sync.sync.worker import Worker
from tests.gmail_sync.sync.test_worker import working
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def beaten(seconds_ago: float) -> Heartbeat:
    beating = Heartbeat()
    beating.beat_if_due()
    WorkerHeartbeat.objects.filter(pk=beating.id).update(beaten_at=Now() - timedelta(seconds=seconds_ago))
    return beating


def test_it_lives_from_its_start_to_its_end() -> None:
    with working():
        eventually(heartbeat.alive().exists)
    assert not WorkerHeartbeat.objects.exists()


def test_it_says_who_and_since_when() -> None:
    beating = beaten(0)
    row = heartbeat.alive().get()
    assert (row.pk, bool(row.host), row.started_at <= row.beaten_at) == (beating.id, True, True)


@pytest.mark.parametrize(("seconds_ago", "lives"), [(20, True), (40, False)])
def test_it_is_dead_after_half_a_minute_of_silence(seconds_ago: float, lives: bool) -> None:
    beaten(seconds_ago)
    assert heartbeat.alive().exists() is lives


def test_it_beats_again_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    beating = beaten(40)
    beating.beat_if_due()
    assert not heartbeat.alive()
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0)
    beating = beaten(40)
    beating.beat_if_due()
    assert heartbeat.alive().get().pk == beating.id


def test_it_falls_silent_when_its_loop_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0)
    hanging: list[Any] = []

    def hang(free: int, stopping: Any) -> list[Any]:
        WorkerHeartbeat.objects.update(beaten_at=Now() - timedelta(seconds=40))
        hanging.append(True)
        stopping.wait()
        return []

    monkeypatch.setattr(worker_module, "claim_due", hang)
    with working():
        eventually(lambda: hanging)
        assert not heartbeat.alive()


def test_it_is_forgotten_after_a_day() -> None:
    for hours in (23, 25):
        beaten(hours * 3_600)
    Worker()._tidy()
    eventually(lambda: WorkerHeartbeat.objects.count() == 1)
