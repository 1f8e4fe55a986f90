"""Child processes: started with a log each, ended for certain, and asked what they cost."""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1  # prctl(2)
TICKS = os.sysconf("SC_CLK_TCK")

_libc = ctypes.CDLL(None)


class Failed(Exception):
    """The benchmark cannot go on; the text says why."""


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody has; a moment ago."""
    with ExitStack() as sockets:
        taken = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


def procfile_command(name: str, **variables: str) -> list[str]:
    """A line of the Procfile as arguments, on the loopback only."""
    lines = (line.partition(":") for line in (ROOT / "Procfile").read_text().splitlines())
    command = next(command for process, _, command in lines if process == name)
    words = [Template(word).safe_substitute(variables) for word in shlex.split(command)]
    return [word.replace("--host=", "--host=127.0.0.1") for word in words]


def wait_until(condition: Callable[[], bool], seconds: float, waited_for: str) -> None:
    """Return when it holds. Raises Failed after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{waited_for}: not within {seconds:.0f} s")
        time.sleep(0.02)


class Processes:
    """All that one stack has started, by name."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, command: Sequence[str], env: dict[str, str], cwd: Path = ROOT, user: str | None = None
    ) -> None:
        """Start one, in a session of its own; the kernel ends it when we are gone."""
        with self.log(name).open("ab") as output:
            self._running[name] = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                preexec_fn=_end_with_parent,
            )

    def log(self, name: str) -> Path:
        """Where its output is."""
        return self._logs / f"{name}.log"

    def wait_for(self, name: str, answers: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until it does its work. Raises Failed with the end of its log."""
        process = self._running[name]
        try:
            wait_until(lambda: process.poll() is not None or answers(), seconds, name)
        except Failed as failure:
            raise Failed(f"{failure}\n{self._tail(name)}") from None
        if process.poll() is not None:
            raise Failed(f"{name} ended\n{self._tail(name)}")

    def cpu_seconds(self, *names: str) -> float:
        """User and system time of all their threads so far."""
        ticks = 0
        for name in names:
            fields = Path(f"/proc/{self._running[name].pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def end(self, *names: str, seconds: float = 14, how: signal.Signals = signal.SIGTERM) -> None:
        """End these, by force after the time; returns when they are gone."""
        ending = [self._running.pop(name) for name in names if name in self._running]
        for process in ending:
            _signal(process, how)
        deadline = time.monotonic() + seconds
        for process in ending:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal(process, signal.SIGKILL)
            process.wait()

    def end_all(self) -> None:
        """Those that others speak to last."""
        back = [name for name in ("postgres", "redis", "simulator") if name in self._running]
        self.end(*(self._running.keys() - {*back}))
        self.end(*back, seconds=5, how=signal.SIGINT)  # to PostgreSQL: without waiting for its clients

    def _tail(self, name: str) -> str:
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])


def run_once(command: Sequence[str], env: dict[str, str], user: str | None = None, stdin: str = "") -> str:
    """A command that ends by itself; returns its output. Raises Failed."""
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=stdin, text=True, capture_output=True, timeout=120, user=user, group=user,
        extra_groups=[] if user else None,
    )  # fmt: skip
    if done.returncode:
        raise Failed(
            f"{' '.join(command[:3])}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def python(*arguments: str) -> list[str]:
    """A command line of this very Python."""
    return [sys.executable, *arguments]


def _signal(process: subprocess.Popen[bytes], signum: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signum)


def _end_with_parent() -> None:
    """Runs between fork and exec."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
