"""Web and worker are started before the database has its tables: they wait, say so, and go on by themselves."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.live import Stack
from tests.support.live_database import fresh_database, run_kind
from tests.support.waiting import eventually, status_of


class Early(Stack):
    """Web and worker begin before the migration."""

    def begin(self) -> None:
        empty = fresh_database(run_kind(), self.directory)
        self.environment["DATABASE_URL"] = self._exit.enter_context(empty)
        self.start("redis")
        for name in ("web0", "worker0"):
            self.start(name, wait=False)
        self.wait_for("web0")

    def readiness(self) -> tuple[int, str]:
        answer = httpx.get(f"{self.url()}/readyz", timeout=60)
        return answer.status_code, answer.json()["database"]


@pytest.fixture
def early(tmp_path: Path) -> Iterator[Early]:
    stack = Early(tmp_path, webs=1)
    try:
        stack.begin()
        yield stack
    finally:
        stack.__exit__(None, None, None)


def test_it_waits_for_the_tables_and_then_works(early: Early) -> None:
    eventually(lambda: early.readiness() == (503, "unmigrated"))
    eventually(lambda: "worker.waits" in early.log("worker0"))
    early.manage("migrate")
    eventually(lambda: early.readiness() == (200, "ok"))
    early.wait_for("worker0")
    eventually(lambda: status_of(f"{early.url()}/login/") == 200)
    lines = [json.loads(line) for name in ("web0", "worker0") for line in early.log(name).splitlines()]
    assert [line for line in lines if "exception" in line] == []
    assert len([line for line in lines if line["event"] == "worker.waits"]) == 1
    assert len(lines) < 60  # nobody has asked without a pause


def test_every_page_says_so_until_then(early: Early) -> None:
    for path in ("/", "/accounts/", "/messages/", "/password/", "/admin/"):
        page = httpx.get(early.url() + path, cookies={"sessionid": "x" * 32}, timeout=60)
        assert (page.status_code, "has not been set up yet" in page.text) == (503, True), path
    assert "django.request" not in early.log("web0")  # whose lines have a traceback each


def test_a_worker_that_waits_ends_when_it_is_told_to(early: Early) -> None:
    eventually(lambda: "worker.waits" in early.log("worker0"))
    early.stop("worker0")
