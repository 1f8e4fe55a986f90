"""Gives bin/run in a checkout of its own, and the processes that it has started."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from launcher.environment import free_ports

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
        """Return a child's process id, found by what it was started with."""
        marks = {"redis": "valkey-server", "simulator": "simulator", "web": "uvicorn", "worker": "sync_worker"}
        return next(pid for pid, command in processes_of(self.checkout).items() if marks[name] in command)

    def environment(self) -> dict[str, str]:
        values: dict[str, str] = json.loads((self.checkout / "var" / "environment.json").read_text())
        return values


def processes_of(checkout: Path) -> dict[int, str]:
    """Return every process that works in the checkout: id to command line."""
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
