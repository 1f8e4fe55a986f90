"""Asks of processes what the launcher does not: a command's output, a close wait, and their CPU time."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from launcher.environment import ROOT
from launcher.supervisor import Failed

POLL_SECONDS = 0.02  # finer than the launcher's: some figures begin or end with what is waited for
TICKS = os.sysconf("SC_CLK_TCK")


def wait_until(condition: Callable[[], bool], seconds: float, waited_for: str) -> None:
    """Return when the condition holds. Raises Failed after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{waited_for}: not within {seconds:.0f} s")
        time.sleep(POLL_SECONDS)


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the user and system time of all threads of these processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def family(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(other for child in children for other in family(int(child)))]


def memory_kb(pids: Sequence[int]) -> float:
    """Return the resident memory of these processes."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def run_once(command: Sequence[str], env: dict[str, str], stdin: str = "") -> str:
    """Run a command that ends by itself; returns its output. Raises Failed with the end of it."""
    done = subprocess.run(command, cwd=ROOT, env=env, input=stdin, text=True, capture_output=True, timeout=120)
    if done.returncode:
        end = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise Failed(f"{' '.join(command[:3])}: exit code {done.returncode}\n{end}")
    return done.stdout
