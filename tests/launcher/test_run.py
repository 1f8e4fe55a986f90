"""bin/run as a user starts it: in a checkout of their own, with a space in its path."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
from pathlib import Path

import httpx

from launcher.environment import DEMO_MAILBOXES, free_ports
from simulator.client import SimulatorClient
from tests.launcher.run_of_checkout import END_SECONDS, Run, processes_of
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually, status_of


def test_it_keeps_its_secrets_to_itself(running: Run, checkout: Path) -> None:
    kept = checkout / "var" / "secrets.json"
    for file in (kept, checkout / "var" / "environment.json", checkout / "var" / "simulator.sqlite3"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    logs = "".join(log.read_text() for log in (checkout / "var" / "log").iterdir())
    assert not [secret for secret in json.loads(kept.read_text()).values() if secret in running.said + logs]


def test_it_says_that_it_runs_already(running: Run, checkout: Path) -> None:
    second = subprocess.run([checkout / "bin" / "run"], env=running.env, capture_output=True, text=True, timeout=60)
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
        assert demo.get("/static/finito/finito.css").status_code == 200
        with demo.stream() as stream:
            stream.wait_for("message.added")
    finally:
        server.terminate()
        server.wait(60)


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
        assert run.process.wait(60) == 1
    assert run.said == f"Port {port} cannot be used: Address already in use. Try PORT=8001 bin/run.\n"
    assert processes_of(checkout) == {}
