"""bin/run as a user starts it: in a checkout of his own, with a space in its path."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from launcher.environment import DEMO_MAILBOXES, ROOT, free_ports
from simulator.client import SimulatorClient
from tests.support.live import status_of
from tests.support.live_clients import SignedIn
from tests.support.live_database import fresh_database, run_kind
from tests.support.waiting import eventually

END_SECONDS = 20  # the contract's
READY = "Login: username demo, password demo"


class Run:
    """bin/run in a checkout."""

    def __init__(self, checkout: Path, **env: str) -> None:
        self.checkout = checkout
        (self.port,) = free_ports(1)
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(checkout), "PORT": str(self.port), **env}
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        self.began = time.monotonic()
        self.output = checkout / f"output-{self.port}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [checkout / "bin" / "run"], env=self.env, stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        while READY not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - self.began < 180, self.said
            time.sleep(0.02)

    def end(self, signum: int = signal.SIGTERM) -> float:
        """Ask it to end, unless it has; returns how long it took."""
        asked = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signum)
        self.process.wait(END_SECONDS + 10)
        return time.monotonic() - asked

    def pid(self, name: str) -> int:
        """A child's process id, found by what it was started with."""
        marks = {"redis": "valkey-server", "simulator": "simulator", "web": "uvicorn", "worker": "sync_worker"}
        return next(pid for pid, command in processes_of(self.checkout).items() if marks[name] in command)

    def environment(self) -> dict[str, str]:
        values: dict[str, str] = json.loads((self.checkout / "var" / "environment.json").read_text())
        return values


def processes_of(checkout: Path) -> dict[int, str]:
    """Every process that works in the checkout: id to command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and Path(os.readlink(entry / "cwd")).is_relative_to(checkout):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has ended meanwhile
    return found


def wait_until_gone(checkout: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while left := processes_of(checkout):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


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
    """A copy of the tree that shares our .venv, so that nothing has to be installed."""
    copy = tmp_path_factory.mktemp("run") / "a $HOME `id` 100%20#1?'é+ \"out"
    ignored = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".env")
    shutil.copytree(ROOT, copy, ignore=ignored)
    (copy / ".venv").symlink_to(ROOT / ".venv")
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


def test_it_keeps_its_secrets_to_itself(running: Run, checkout: Path) -> None:
    kept = checkout / "var" / "secrets.json"
    for file in (kept, checkout / "var" / "environment.json", checkout / "var" / "simulator.sqlite3"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    logs = "".join(log.read_text() for log in (checkout / "var" / "log").iterdir())
    assert not [secret for secret in json.loads(kept.read_text()).values() if secret in running.said + logs]


def test_it_says_that_it_runs_already(running: Run, checkout: Path) -> None:
    second = subprocess.run([checkout / "bin" / "run"], env=running.env, capture_output=True, text=True, timeout=20)
    assert second.returncode == 1
    assert second.stderr == f"bin/run is running here already: process {running.process.pid}, {running.url}/\n"


def test_it_lets_management_commands_join_it(running: Run, checkout: Path) -> None:
    made = subprocess.run(
        [checkout / "bin" / "manage", "createsuperuser", "--noinput", "--username=boss", "--email=b@example.com"],
        env={"PATH": "/usr/bin:/bin", "DJANGO_SUPERUSER_PASSWORD": "boss"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert made.returncode == 0, made.stderr
    boss = SignedIn("boss", [running.url], SimulatorClient(running.url))
    assert boss.get("/admin/").status_code == 200


def test_it_lets_runserver_join_it(running: Run, checkout: Path) -> None:
    (port,) = free_ports(1)
    command = [str(checkout / "bin" / "manage"), "runserver", "--noreload", str(port)]
    with (checkout / "runserver").open("wb") as output:
        server = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin"}, stdout=output, stderr=output)
    try:
        eventually(lambda: status_of(f"http://127.0.0.1:{port}/livez") == 200)
        simulator = SimulatorClient(running.environment()["GMAIL_API_ROOT"])
        demo = SignedIn("demo", [f"http://127.0.0.1:{port}"], simulator)
        assert demo.get("/static/gmail_sync/finito.css").status_code == 200
        with demo.stream() as stream:
            stream.wait_for("message.added")
    finally:
        server.terminate()
        server.wait(10)


def test_it_shows_two_mailboxes_and_where_google_is_played(running: Run, checkout: Path) -> None:
    root = running.environment()["GMAIL_API_ROOT"]
    assert f"Gmail, simulated: {root}" in running.said
    demo = SignedIn("demo", [running.url], SimulatorClient(root))
    page = demo.get("/accounts/").text
    assert all(email in page for email in DEMO_MAILBOXES)
    form = {"to": DEMO_MAILBOXES[1], "subject": "From me to me", "text": "It works."}
    with demo.stream() as stream:
        assert httpx.post(f"{root}ui", data=form).status_code == 303
        stream.wait_for("message.added", where=lambda frame: "From me to me" in str(frame.payload))


def test_its_logs_are_short_lines(running: Run, checkout: Path) -> None:
    lines = (checkout / "var" / "log" / "worker.log").read_text().splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d \w", line) for line in lines), lines
    assert max(map(len, lines)) < 160


def test_it_shows_a_page_that_moves_and_leaves_nothing_behind(running: Run, checkout: Path) -> None:
    assert running.url in running.said
    demo = SignedIn("demo", [running.url], SimulatorClient(running.environment()["GMAIL_API_ROOT"]))
    assert demo.get("/").status_code == 200
    assert demo.get("/readyz").json()["database"] == "ok"
    with demo.stream() as stream:
        stream.wait_for("message.added")
        assert running.end() < END_SECONDS
        assert stream.wait_for("bye").payload == {"reason": "deploy"}
    assert running.process.returncode == 0
    assert processes_of(checkout) == {}
    assert not (checkout / "var" / "tmp").exists()


def test_it_goes_on_where_it_ended_and_starts_a_killed_worker_again_once(run: Run, checkout: Path) -> None:
    assert "already sees" in (checkout / "var" / "log" / "connect_demo.log").read_text()
    first = run.pid("worker")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: "It was started again, once" in run.said, END_SECONDS)
    assert run.process.poll() is None
    os.kill(run.pid("worker"), signal.SIGKILL)
    assert run.process.wait(END_SECONDS) == 1
    assert run.said.count("worker ended: killed by SIGKILL.") == 2


def test_a_taken_port_is_one_line_and_nothing_is_started(checkout: Path) -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        run = Run(checkout, PORT=str(port))
        assert run.process.wait(20) == 1
    assert run.said == f"Port {port} cannot be used: Address already in use. Try PORT=8001 bin/run.\n"
    assert processes_of(checkout) == {}


@pytest.mark.chaos
@pytest.mark.parametrize("name", ["redis", "simulator", "web"])
def test_it_ends_all_when_any_process_dies(run: Run, name: str) -> None:
    os.kill(run.pid(name), signal.SIGKILL)
    assert run.process.wait(END_SECONDS) == 1
    assert f"{name} ended: killed by SIGKILL." in run.said


@pytest.mark.chaos
def test_it_ends_also_when_the_others_hang(run: Run) -> None:
    for name in ("redis", "simulator", "worker"):
        os.kill(run.pid(name), signal.SIGSTOP)
    assert run.end(signal.SIGINT) < END_SECONDS
    assert run.process.returncode == 0


@pytest.mark.chaos
def test_its_processes_end_when_it_is_killed_itself(run: Run, checkout: Path) -> None:
    run.process.kill()
    run.process.wait()
    wait_until_gone(checkout, END_SECONDS)


@pytest.mark.chaos
@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.6, 1.0, 1.5, 2.0, 2.5])
def test_it_can_be_ended_at_any_moment_of_its_start(checkout: Path, database: dict[str, str], seconds: float) -> None:
    run = Run(checkout, **database)
    time.sleep(seconds)
    assert run.end() < END_SECONDS
    wait_until_gone(checkout, 1)
