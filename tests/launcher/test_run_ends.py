"""bin/run ends all that it has started, however it ends itself (launcher/supervisor.py)."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.launcher.run_of_checkout import END_SECONDS, Run, wait_until_gone


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
