"""The jobs of one bin/test, three at a time: their processes, their outputs, and how they ended."""

import os
import sys
import time
from pathlib import Path

import psycopg

from launcher.environment import ROOT
from launcher.supervisor import Child, Stopped, Supervisor
from tests.run.choices import Job
from tests.run.report import how_it_ended, percent

AT_ONCE = 3  # on two cores: a test that waits, for a clock or another process, leaves its own idle
LOOK_SECONDS = 0.2
TELL_SECONDS = 5.0
END_SECONDS = 20.0
PYTEST = [sys.executable, "-m", "pytest", "--durations=30", "--durations-min=3"]


class Jobs:
    """Runs jobs over a PostgreSQL cluster, if one of them needs it. `notes` has a line for each that ended."""

    def __init__(self, scratch: Path, cluster: str) -> None:
        self.supervisor = Supervisor(scratch / "output")
        self.supervisor.listen()
        self.skipped, self._temporary = scratch / "skipped", scratch / "tmp"
        self._temporary.mkdir()
        self.notes: list[str] = []
        self.code = 0
        self._cluster = cluster
        self._running: dict[str, tuple[Child, float]] = {}
        self._began = self._told_at = time.monotonic()

    def run(self, jobs: list[Job]) -> None:
        """Run all of them. Raises Stopped at a signal."""
        waiting = list(jobs)
        try:
            while waiting or self._running:
                while waiting and len(self._running) < AT_ONCE:
                    self._start(waiting.pop(0))
                for name in [name for name, (child, _) in self._running.items() if child.process.poll() is not None]:
                    self._report(name)
                if self.supervisor.asked_to_stop:
                    raise Stopped
                self._tell()
                time.sleep(LOOK_SECONDS)
        finally:
            self.supervisor.end(list(self._running), END_SECONDS)

    def _start(self, job: Job) -> None:
        print(f"Running the tests: {job.name}.", flush=True)
        environment = {**os.environ, "FINITO_TEST_SKIPPED": str(self.skipped), "FINITO_TEST_DATABASE_URL": ""}
        environment["TMPDIR"] = str(self._temporary)
        if job.database == "postgres":
            environment["FINITO_TEST_DATABASE_URL"] = self._database(job.name)
        child = self.supervisor.start(job.name, [*PYTEST, *job.arguments], environment, ROOT, lasting=False)
        self._running[job.name] = (child, time.monotonic())

    def _database(self, name: str) -> str:
        """A database of the job's own: Django names its test database after it."""
        name = f"job_{name}"
        with psycopg.connect(f"{self._cluster}/postgres", autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return f"{self._cluster}/{name}"

    def _report(self, name: str) -> None:
        child, began = self._running.pop(name)
        print(f"\n=== {name} ===\n{child.log.read_text(errors='replace')}", flush=True)
        self.notes.append(how_it_ended(name, child.process.returncode, time.monotonic() - began))
        self.code = self.code or child.process.returncode

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at > TELL_SECONDS:
            far = "  ".join(f"{name} {percent(child.log)}" for name, (child, _) in self._running.items())
            print(f"{now - self._began:5.0f} s  {far}", flush=True)
            self._told_at = now
