"""Which tests run where: nothing that is in tests/ is left out, and nothing runs twice on one database."""

from collections import Counter
from pathlib import Path

import pytest

from launcher.environment import ROOT
from tests.run.choices import DATABASES, choose


def ran(*words: str, **environment: str) -> list[tuple[str, str]]:
    """Each database with each path that it is given."""
    jobs = choose(words, environment).jobs()
    return [(job.database, word) for job in jobs for word in job.arguments if word.startswith("tests/")]


def files_below(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in path.rglob("test_*.py") if "node_modules" not in file.parts]


def test_it_runs_all_that_there_is_and_nothing_twice_on_a_database() -> None:
    asked = [(database, file) for database, path in ran() for file in files_below(ROOT / path)]
    assert {file for _, file in asked} == set(files_below(ROOT / "tests"))
    assert set(Counter(asked).values()) == {1}


def test_it_runs_on_both_databases_what_asks_one() -> None:
    for room in ("flows", "gmail_sync/sync", "gmail_sync/pages", "realtime"):
        assert all((database, f"tests/{room}") in ran() for database in DATABASES)


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
