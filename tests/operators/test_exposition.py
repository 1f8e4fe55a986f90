"""The page's metrics from what all processes said: sums, the least, and what is left out without the database."""

from operators.exposition import Exposition
from realtime.samples import Reading
from realtime.totals import Totals

CONNECTIONS, REDIS_UP = ("finito_sse_connections", ()), ("finito_redis_up", ())


def shown(counted: Totals | None) -> Reading:
    samples = [sample for metric in Exposition(counted).collect() for sample in metric.samples]
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}


def test_it_adds_up_gauges_and_shows_the_least_of_who_hears_redis() -> None:
    found = shown(Totals({}, [{CONNECTIONS: 3, REDIS_UP: 1}, {CONNECTIONS: 4, REDIS_UP: 0}]))
    assert (found[CONNECTIONS], found[REDIS_UP]) == (7, 0)


def test_it_shows_cases_that_only_others_know_and_none_of_another_release() -> None:
    known, unknown = ("finito_push_total", (("result", "new"),)), ("finito_of_another_release_total", ())
    found = shown(Totals({known: 2, unknown: 1}, []))
    assert (found[known], unknown in found) == (2, False)
    assert found["finito_push_total", (("result", "taken"),)] == 0


def test_it_leaves_counts_out_without_the_database() -> None:
    """The sum of this process alone would be less than what was shown before: to Prometheus a restart."""
    found = shown(None)
    assert not [name for name, _ in found if name.endswith(("_total", "_bucket", "_count", "_sum"))]
    assert {CONNECTIONS, REDIS_UP, ("finito_database_up", ())} <= found.keys()
