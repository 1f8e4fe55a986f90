"""A checkout, and bin/run in it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.environment import ROOT
from tests.launcher.run_of_checkout import Run, wait_until_gone
from tests.support.live_database import fresh_database, run_kind


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Nothing for SQLite, which is the default; the address of an empty PostgreSQL in that run."""
    if run_kind() == "sqlite":
        yield {}
        return
    with fresh_database(run_kind(), tmp_path_factory.mktemp("database")) as url:
        yield {"DATABASE_URL": url}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree that shares the .venv of the tests, so that nothing has to be installed."""
    copy = tmp_path_factory.mktemp("run") / "a $HOME `id` 100%20#1?'é+ \"out"
    ignored = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", ".env", "node_modules")
    shutil.copytree(ROOT, copy, ignore=ignored)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


@pytest.fixture(scope="module")
def running(checkout: Path, database: dict[str, str]) -> Iterator[Run]:
    """The first start, for the tests that only look; the last of them ends it."""
    run = Run(checkout, **database)
    run.wait_until_ready()
    yield run
    run.end()


@pytest.fixture
def run(checkout: Path, database: dict[str, str]) -> Iterator[Run]:
    """A later start, to be ended one way or another."""
    run = Run(checkout, **database)
    run.wait_until_ready()
    yield run
    run.end()
    wait_until_gone(checkout, 1)
