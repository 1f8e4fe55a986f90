"""The minute rows: what a process has counted since it last wrote, and the hour that all of them make."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from realtime import periodic, process_minutes, recorder
from realtime.log import housekeeping
from realtime.models import OpenStreams, ProcessMinute
from realtime.recorder import Recorder, open_streams
from realtime.totals import OwnTotals
from realtime.transport import installation

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _processes_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each registry is as if it were in a process of its own, and all write the same minute."""
    monkeypatch.setattr(recorder, "_minute", lambda: MINUTE)


class Process:
    """One process's registry and recorder."""

    def __init__(self, name: str = "one", streams: dict[int, int] | None = None) -> None:
        registry = CollectorRegistry()
        self.pushes = Counter("finito_push", "", ["result"], registry=registry)
        self.connections = Gauge("finito_sse_connections", "", registry=registry)
        self.lag = Histogram("finito_lag_seconds", "", buckets=[0.1, 0.5, 1], registry=registry)
        self.other = Counter("other", "", registry=registry)
        self.streams = {} if streams is None else streams
        self.recorder = Recorder("web", lambda: self.streams, OwnTotals(registry))
        self.recorder.process = name

    def record(self) -> dict[str, Any]:
        self.recorder.record()
        return dict(ProcessMinute.objects.latest("pk").samples)


def hour() -> process_minutes.Hour:
    """The hour that ends with the minute that is written."""
    return process_minutes.Hour(MINUTE + timedelta(minutes=1))


def test_it_writes_what_was_counted_since_the_last_time() -> None:
    process = Process()
    process.pushes.labels(result="ok").inc(3)
    process.other.inc()
    process.connections.set(7)
    assert process.record() == {"finito_push_total": [[{"result": "ok"}, 3]], "finito_sse_connections": [[{}, 7]]}
    process.pushes.labels(result="ok").inc(2)
    assert process.record()["finito_push_total"] == [[{"result": "ok"}, 2]]
    assert "finito_push_total" not in process.record()


def test_it_writes_with_the_next_minute_what_the_database_did_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    process.pushes.labels(result="ok").inc(3)
    with monkeypatch.context() as patch:
        patch.setattr(ProcessMinute.objects, "create", lambda **_: (_ for _ in ()).throw(DatabaseError))
        with pytest.raises(DatabaseError):
            process.recorder.record()
    assert not ProcessMinute.objects.exists()
    process.pushes.labels(result="ok").inc()
    assert process.record()["finito_push_total"] == [[{"result": "ok"}, 4]]


def test_it_adds_up_processes_and_what_a_restart_began_anew() -> None:
    for name, cases in (("one", 3), ("two", 4), ("one", 5)):
        process = Process(name)
        process.pushes.labels(result="ok").inc(cases)
        process.connections.set(cases)
        process.record()
    assert hour().counts("finito_push_total", "result")["ok"][-1] == 12
    assert hour().states("finito_sse_connections")[-2:] == [None, 9]  # the first "one" is gone
    assert [row.process for row in hour().processes("web")] == ["one", "two"]


def test_it_merges_the_buckets_of_all_processes() -> None:
    fast, slow = Process("fast"), Process("slow")
    for _ in range(90):
        fast.lag.observe(0.05)
    for _ in range(10):
        slow.lag.observe(0.6)
    fast.record()
    slow.record()
    assert hour().percentile("finito_lag_seconds", 0.5) == pytest.approx(0.1 * 50 / 90)
    assert hour().percentile("finito_lag_seconds", 0.99) == pytest.approx(0.5 + 0.5 * 9 / 10)
    (p95,) = hour().percentiles("finito_lag_seconds", [0.95])
    assert p95[-1] == pytest.approx(0.75)
    assert p95[0] is None


def test_it_says_the_last_bound_for_what_lies_beyond_it() -> None:
    process = Process()
    process.lag.observe(50)
    process.record()
    assert hour().percentile("finito_lag_seconds", 0.5) == 1
    assert hour().percentile("finito_nothing", 0.5) is None
    assert hour().counts("finito_nothing")[""][-2:] == [None, 0]  # nobody wrote; nothing happened


def test_it_lists_the_streams_of_each_user_until_the_process_ends() -> None:
    ann = User.objects.create_user("ann")
    process = Process(streams={ann.pk: 2, ann.pk + 1: 1})  # one user was deleted meanwhile
    process.record()
    process.record()
    assert list(OpenStreams.objects.values_list("user", "process", "streams")) == [(ann.pk, "one", 2)]
    process.recorder.end()
    assert not OpenStreams.objects.exists()


def test_it_tells_each_minute_who_has_stayed_and_how_many_streams_they_have_now() -> None:
    ann, bob, eve = (User.objects.create_user(name) for name in ("ann", "bob", "eve"))
    streams = {ann.pk: 1, bob.pk: 1, eve.pk: 1}
    process = Process(streams=streams)
    process.record()
    OpenStreams.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    del streams[bob.pk]
    streams[eve.pk] = 2
    process.record()
    told = open_streams().order_by("user").values_list("user", "streams")
    assert list(told) == [(ann.pk, 1), (eve.pk, 2)]
    assert OpenStreams.objects.count() == 2


def test_it_tells_again_what_was_cleared_away() -> None:
    ann, bob = (User.objects.create_user(name) for name in ("ann", "bob"))
    process = Process(streams={ann.pk: 1, bob.pk: 1})
    process.record()
    OpenStreams.objects.filter(user=ann).delete()  # by a housekeeping whose clock is ahead
    process.record()
    assert list(OpenStreams.objects.order_by("user").values_list("user", flat=True)) == [ann.pk, bob.pk]


def test_it_tells_within_the_minute_who_has_come() -> None:
    ann, bob = (User.objects.create_user(name) for name in ("ann", "bob"))
    streams = {ann.pk: 1}
    process = Process(streams=streams)
    process.record()
    streams |= {ann.pk: 2, bob.pk: 1}
    process.recorder.write()
    process.recorder.write()
    assert list(OpenStreams.objects.order_by("user").values_list("user", "streams")) == [(ann.pk, 1), (bob.pk, 1)]


def test_it_writes_the_last_minute_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "STOP_SECONDS", 30)
    process = Process()
    process.recorder.start()
    process.pushes.labels(result="ok").inc()
    process.recorder.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "recorder"]
    assert ProcessMinute.objects.get().samples["finito_push_total"] == [[{"result": "ok"}, 1]]


def test_it_keeps_the_minutes_for_two_hours() -> None:
    installation.name.cache_clear()
    for hours in (0.1, 1.9, 2.1):
        ProcessMinute.objects.create(minute=timezone.now() - timedelta(hours=hours), kind="web", process="one")
    assert housekeeping.tidy_if_due()
    assert ProcessMinute.objects.count() == 2


def test_it_reads_sixty_full_minutes() -> None:
    now = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
    for ago in (0, 1, 60, 61):
        minute = now.replace(second=0) - timedelta(minutes=ago)
        ProcessMinute.objects.create(
            minute=minute, kind="web", process="one", samples={"finito_x_total": [[{}, ago + 1]]}
        )
    series = process_minutes.Hour(now).counts("finito_x_total")[""]
    assert (series[0], series[1], series[-1]) == (61, None, 2)
