"""Which tests run where: nothing that is in tests/ is left out, and nothing runs twice on one database."""

from collections import Counter
from pathlib import Path

import pytest

from launcher.environment import ROOT
from tests.run.choices import DATABASES, ON_BOTH, ON_ONE, choose

WITHOUT_TESTS = {"support", "__pycache__"}


def ran(*words: str, **environment: str) -> list[tuple[str, str]]:
    """Each database with each path that it is given."""
    jobs = choose(words, environment).jobs()
    return [(job.database, word) for job in jobs for word in job.arguments if word.startswith("tests/")]


def test_it_runs_all_that_there_is() -> None:
    homes = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} - WITHOUT_TESTS
    files = {path.name for path in (ROOT / "tests").glob("test_*.py")}
    assert {Path(path).name for _, path in ran()} == homes | files


def test_it_runs_nothing_twice_and_on_both_databases_what_asks_one() -> None:
    assert set(Counter(ran()).values()) == {1}
    for rooms in ON_BOTH:
        assert all((database, f"tests/{room}") in ran() for room in rooms for database in DATABASES)
    once = [room for rooms in ON_ONE.values() for group in rooms for room in group]
    assert all(sum(path == f"tests/{room}" for _, path in ran()) <= 1 for room in once)


def test_it_runs_named_tests_on_each_database() -> None:
    assert ran("tests/flows", "-x") == [("sqlite", "tests/flows"), ("postgres", "tests/flows")]
    assert ran("tests/flows", FINITO_TEST_DB="postgres") == [("postgres", "tests/flows")]


def test_it_runs_the_quick_ones_on_sqlite_in_one_go() -> None:
    (job,) = choose(["--quick"], {}).jobs()
    assert (job.database, job.arguments) == ("sqlite", ("--quick",))


@pytest.mark.parametrize(("words", "selection"), [([], ("-m", "not chaos")), (["--chaos"], ())])
def test_it_leaves_out_what_takes_longer_unless_it_is_asked_for(words: list[str], selection: tuple[str, ...]) -> None:
    assert all(job.arguments[: len(selection)] == selection for job in choose(words, {}).jobs())


def test_it_runs_all_on_one_database_where_only_one_is_wanted_or_there() -> None:
    assert [job.database for job in choose([], {"FINITO_TEST_DB": "postgres"}).jobs()] == ["postgres"]
    assert [job.database for job in choose([], {}).without_postgres().jobs()] == ["sqlite"]


def test_it_refuses_a_database_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="sqlite or postgres, not oracle"):
        choose([], {"FINITO_TEST_DB": "oracle"})
