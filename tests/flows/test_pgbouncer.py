"""The important flows through a PgBouncer in transaction mode, which gives each transaction another connection."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.supervisor import Failed
from tests.support import pgbouncer
from tests.support.environment import STRICT
from tests.support.live import Stack
from tests.support.live_database import fresh_database, run_kind
from tests.support.live_mailbox import act, in_gmail
from tests.support.live_page import Page
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(run_kind() == "sqlite", reason="SQLite has no pooler")

RENEW = """
from realtime.log import database_timeline
from realtime.models import Installation
Installation.objects.update(timeline="another")
database_timeline.renew_all()
print(Installation.objects.get().timeline)
"""


@contextmanager
def pooled(directory: Path, mode: str = "transaction") -> Iterator[str]:
    """A fresh database behind a pooler."""
    if pgbouncer.PGBOUNCER is None:
        (pytest.fail if STRICT else pytest.skip)("needs PgBouncer: apt-get install pgbouncer")
    with fresh_database(run_kind(), directory) as url, pgbouncer.before(url, mode) as address:
        yield address


class PooledStack(Stack):
    """All of its processes, the migration included, reach the database through the pooler."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, workers=2)
        self._database = pooled(directory)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with PooledStack(tmp_path_factory.mktemp("pooled")) as running:
        yield running


def test_it_shows_on_every_page_what_is_in_gmail(stack: Stack) -> None:
    ann, email = stack.sign_in("ann"), "ann@gmail.example"
    ann.connect(email, messages=10)
    with Page(ann, 0) as first, Page(ann, 1) as second:
        archived = in_gmail(stack, email).keys() - first.labels.keys()  # before it was connected: not mirrored
        act(stack, email, 30, random.Random(0))
        eventually(lambda: first.agrees(stack, email, archived) and second.agrees(stack, email, archived))
    assert ann.get("/readyz").json()["database"] == "ok"


def test_it_locks_nothing_that_outlives_its_transaction(stack: Stack) -> None:
    assert "another" not in stack.python(RENEW)
    assert "another" not in stack.python(RENEW)  # a lock of the session would still be held by the pooler's


def test_it_bounds_the_statements_of_each_connection(stack: Stack) -> None:
    ask = "from django.db import connection; c = connection.cursor(); c.execute('SHOW statement_timeout')"
    assert "15s" in stack.python(f"{ask}; print(c.fetchone())")


def test_its_commands_work(stack: Stack) -> None:
    for command in (["migrate"], ["prune_events"], ["sync_accounts"], ["rotate_token_keys"], ["clearsessions"]):
        stack.manage(*command)


def test_it_says_what_is_in_the_way_of_a_pooler_without_transactions(stack: Stack, tmp_path: Path) -> None:
    with pooled(tmp_path, mode="statement") as address:
        usual, stack.environment["DATABASE_URL"] = stack.environment["DATABASE_URL"], address
        with pytest.raises(Failed, match="allows no transactions"):
            stack.manage("migrate")
        stack.environment["DATABASE_URL"] = usual
