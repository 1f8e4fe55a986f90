"""Every scenario of bench runs, with few streams and short times: whether all came as it should, and no figures."""

import os
from pathlib import Path

import pytest

from bench.__main__ import SCENARIOS
from bench.choices import Choices
from bench.crowd.served import peer
from bench.peers.catalogue import CHANNELS, FLOOR, Peer
from launcher import postgres
from launcher.chromium import CHROMIUM

SMALL = ["deliver", "commit", "channel", "fanout", "storm", "resume", "idle", "mail", "growth", "second"]
pytestmark = pytest.mark.slow


@pytest.mark.chaos  # five minutes
@pytest.mark.skipif(postgres.binaries() is None, reason="PostgreSQL is not installed")
@pytest.mark.parametrize("name", SMALL)
def test_it_measures_what_comes_as_it_should(name: str) -> None:
    """A scenario raises Failed where anything was lost, repeated, out of order or at another user."""
    before = os.sched_getaffinity(0)
    (table,) = SCENARIOS[name][0](Choices(runs=1, database="postgres", workers=1, small=True))
    assert table.title.startswith(f"{name}: ")
    assert table.rows
    assert os.sched_getaffinity(0) == before


@pytest.mark.chaos
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_it_visits_pages_and_fills_a_list() -> None:
    visits, filled = SCENARIOS["page"][0](Choices(runs=1, database="sqlite", workers=1, small=True))
    assert [row[0] for row in visits.rows] == [
        f"{name}, {kind} visit" for name in ("inbox", "conversation") for kind in ("first", "later")
    ]
    assert all(isinstance(cell, float) and cell > 0 for row in visits.rows for cell in row[1:3])
    assert [row[0] for row in filled.rows] == [50]


@pytest.mark.parametrize("one", [FLOOR, CHANNELS], ids=lambda one: one.name)
def test_it_reads_every_event_from_a_peer(one: Peer) -> None:
    with peer(one, 10) as served:
        served.load.open()
        served.load.ask("each", 20)
        served.load.ask("window", 4, 0.2)
        assert served.load.counts()["delivered"] > 10


def test_its_sources_are_of_c_alone_and_small() -> None:
    for source in sorted((Path(SCENARIOS["deliver"][0].__code__.co_filename).parents[1] / "load").glob("*.[ch]")):
        assert len(source.read_text().splitlines()) <= 200, source
