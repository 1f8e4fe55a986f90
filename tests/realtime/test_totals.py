"""The totals of many processes: added up while they live, kept when they are gone, in few rows."""

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, close_old_connections
from django.db.models import QuerySet
from django.db.models.functions import Now
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from realtime import totals
from realtime.log import housekeeping
from realtime.models import ProcessTotals
from realtime.totals import OwnTotals
from realtime.transport import installation

pytestmark = pytest.mark.django_db(transaction=True)


class Process:
    """One process's registry and its row."""

    def __init__(self, count: int = 0) -> None:
        registry = CollectorRegistry()
        self.pushes = Counter("finito_push", "", ["result"], registry=registry)
        self.open = Gauge("finito_open", "", registry=registry)
        self.lag = Histogram("finito_lag_seconds", "", buckets=[0.1, 1], registry=registry)
        self.own = OwnTotals(registry)
        self.count(count)

    def count(self, cases: int = 1) -> None:
        self.pushes.labels(result="ok").inc(cases)
        self.own.write()


def pushes() -> float:
    return totals.stored().counts.get(("finito_push_total", (("result", "ok"),)), 0)


def silence(rows: "QuerySet[ProcessTotals] | None" = None) -> None:
    """Let these processes, or all, have written last an hour ago."""
    (ProcessTotals.objects.all() if rows is None else rows).update(written_at=Now() - timedelta(hours=1))


def test_it_adds_up_the_living() -> None:
    one, two = Process(2), Process(1)
    one.open.set(3)
    two.open.set(1)
    one.lag.observe(0.5)
    for process in (one, two):
        process.own.write()
    found = totals.stored()
    assert pushes() == 3
    assert sorted(state["finito_open", ()] for state in found.states) == [1, 3]
    assert found.counts["finito_lag_seconds_bucket", (("le", "1.0"),)] == found.counts["finito_lag_seconds_count", ()]
    assert ("finito_lag_seconds_bucket", (("le", "0.1"),)) not in found.counts


@pytest.mark.parametrize("killed", [True, False])
def test_it_keeps_what_the_dead_have_counted_and_forgets_their_states(killed: bool) -> None:
    for times in range(1, 5):
        process = Process(2)
        silence() if killed else process.own.write(ended=True)
        assert (pushes(), totals.stored().states) == (2 * times, [])
    assert ProcessTotals.objects.count() == 2  # the last one is made one with them when the next one starts


def test_who_was_taken_for_dead_counts_once() -> None:
    process = Process(5)
    ended = Process()
    silence()
    totals.fold()
    for times in range(1, 3):
        process.count()
        ended.own.write()
        assert (pushes(), ProcessTotals.objects.count()) == (5 + times, 3)


def test_it_loses_nothing_while_the_database_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(1)

    def refuse(*_: Any, **__: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(QuerySet, "update", refuse)
        for _ in range(3):
            with pytest.raises(DatabaseError):
                process.count()
    assert pushes() == 1
    process.count()
    assert pushes() == 5


def test_it_never_shows_less_whatever_ends_meanwhile() -> None:
    """Processes start, count, end and are made one; somebody reads all the time."""

    def live(_: int) -> None:
        process = Process()
        for _ in range(5):
            process.count()
        process.own.write(ended=True)
        close_old_connections()

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(live, number) for number in range(12)]
        seen = [pushes()]
        while not all(process.done() for process in running):
            seen.append(pushes())
    assert [process.result() for process in running] == [None] * 12
    assert seen == sorted(seen)
    assert pushes() == 60


def test_housekeeping_makes_one_row_of_the_gone() -> None:
    installation.name.cache_clear()
    for _ in range(3):
        Process(1)
    silence()
    assert housekeeping.tidy_if_due()
    assert (pushes(), ProcessTotals.objects.get().ended) == (3, True)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_state_that_is_no_number_keeps_no_other_from_being_stored(number: float) -> None:
    process = Process(2)
    process.open.set(number)
    process.own.write_if_changed()
    process.count(1)
    assert pushes() == 3
    assert totals.stored().states == [{}]
