"""SUPABASE=1 bin/run: the migration to the second transport and back on one machine, by the commands that it prints."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.client import SimulatorClient
from tests.conformance.supabase.client import Socket
from tests.launcher.run_of_checkout import Run
from tests.support.live_clients import SignedIn


@pytest.fixture(scope="module")
def migrating(checkout: Path, database: dict[str, str]) -> Iterator[Run]:
    run = Run(checkout, SUPABASE="1", **database)
    run.wait_until_ready()
    yield run
    run.end()


def manage(run: Run, *arguments: str) -> str:
    """bin/manage in another terminal; returns all that it said."""
    command = [str(run.checkout / "bin" / "manage"), *arguments]
    ended = subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=120)
    return ended.stdout + ended.stderr


def test_it_goes_there_and_back_by_the_commands_that_it_prints(migrating: Run) -> None:
    steps = [line.partition("back: ")[2].split(", ") for line in migrating.said.splitlines() if "and back: " in line]
    shadow, on, off = (step.removeprefix("bin/manage ").split() for step in steps[0])
    environment = migrating.environment()
    demo = SignedIn("demo", [migrating.url], SimulatorClient(environment["GMAIL_API_ROOT"]))
    assert manage(migrating, *shadow).startswith("shadow: 1 of 1 users")
    assert demo.get("/events/ticket/").json() == {"transport": "sse"}
    assert manage(migrating, *on).startswith("on: 1 of 1 users")
    ticket = demo.get("/events/ticket/").json()
    with Socket(ticket["url"], ticket["key"]) as page:
        assert page.join(ticket["topic"], ticket["token"]) == "ok"
        assert page.hear(ticket["topic"], 60).keys() == {"v", "sealed"}
        assert "1 user goes back" in manage(migrating, *off)
    assert demo.get("/events/ticket/").json() == {"transport": "sse"}


def test_its_doctor_finds_the_project_in_order(migrating: Run) -> None:
    (line,) = (line for line in manage(migrating, "check_gmail").splitlines() if line.startswith("supabase: "))
    assert line.startswith("supabase: ok: a page hears what is posted"), line
