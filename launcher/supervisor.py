"""Child processes that cannot be lost: started, watched, and ended for certain.

A supervisor of our own rather than honcho's Manager. That one kills 5 s after SIGTERM, while a web may drain
for 11; dies of a KeyError when a signal comes before it knows every pid; puts a shell before each command; and
copies the children's output, so that a reader who stops reading stops the supervisor. Here a child leads a session
of its own and writes to a file, and one thread does everything, between two checks of what has happened.
"""

import ctypes
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

POLL_SECONDS = 0.05
TAIL_LINES = 15
REVIVAL_SECONDS = 60.0
PR_SET_PDEATHSIG = 1  # prctl(2)


class Stopped(Exception):
    """Somebody asked us to end."""


class Failed(Exception):
    """It cannot go on; the text names the process and says why."""


@dataclass
class Child:
    """One process and whatever it starts; `lasting` means that its end is a failure, unless it may be `revivable`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    lasting: bool
    run: Callable[[], subprocess.Popen[bytes]]
    revivable: bool = False
    revived_at: float = -math.inf

    def signal(self, signum: int) -> None:
        """Signal the whole session, which may outlive its leader."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signum)

    def revive(self) -> bool:
        """Start it again, unless that was done a moment ago: then something is wrong that a start does not mend."""
        if not self.revivable or time.monotonic() - self.revived_at < REVIVAL_SECONDS:
            return False
        self.signal(signal.SIGKILL)  # whatever it has started
        self.process, self.revived_at = self.run(), time.monotonic()
        return True

    def tail(self) -> str:
        """Return the last lines of its output."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])

    def how_it_ended(self) -> str:
        """Say it as `exit code 3` or `killed by SIGKILL`."""
        code = self.process.returncode
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


class Supervisor:
    """Starts children, and notices at every wait that one has failed or that a signal has come."""

    def __init__(self, logs: Path, tell: Callable[[str], None] = lambda text: None) -> None:
        self.logs = logs
        self.tell = tell
        self.children: dict[str, Child] = {}
        self.asked_to_stop = False
        logs.mkdir(parents=True, exist_ok=True)

    def listen(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal make the next wait raise Stopped from now on."""

        def note(signum: int, frame: FrameType | None) -> None:
            self.asked_to_stop = True

        signal.signal(signal.SIGINT, note)
        signal.signal(signal.SIGTERM, note)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, note)

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: dict[str, str],
        directory: Path,
        lasting: bool = True,
    ) -> Child:
        """Start a process with its output in `<logs>/<name>.log`."""
        log = self.logs / f"{name}.log"
        log.unlink(missing_ok=True)

        def run() -> subprocess.Popen[bytes]:
            with log.open("ab") as output:
                return subprocess.Popen(
                    command,
                    cwd=directory,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_end_with_parent,
                )

        child = self.children[name] = Child(name, run(), log, lasting, run)
        return child

    def check(self) -> None:
        """Raise Stopped or Failed if there is a reason to end."""
        if self.asked_to_stop:
            raise Stopped
        for child in self.children.values():
            code = child.process.poll()
            if code is not None and (child.lasting or code):
                end = f"{child.name} ended: {child.how_it_ended()}"
                if child.revive():
                    self.tell(f"{end}. It was started again, once; {child.log} says what it says.")
                    continue
                raise Failed(f"{end}. {child.log} ends with\n{child.tail()}")

    def wait(self, condition: Callable[[], bool], seconds: float, waited_for: str) -> None:
        """Return when the condition holds. Raises Failed after the time, and whatever check() raises."""
        deadline = time.monotonic() + seconds
        while True:
            self.check()
            if condition():
                return
            if time.monotonic() > deadline:
                raise Failed(f"{waited_for} within {seconds:.0f} s.")
            time.sleep(POLL_SECONDS)

    def finish(self, child: Child, seconds: float) -> None:
        """Wait for a child that is meant to end."""
        self.wait(lambda: child.process.poll() is not None, seconds, f"{child.name} did not end")
        self.check()
        del self.children[child.name]

    def watch(self) -> None:
        """Watch until something ends it. Raises whatever check() raises."""
        while True:
            self.check()
            time.sleep(POLL_SECONDS)

    def end(self, names: Iterable[str], seconds: float) -> None:
        """Send SIGTERM to these, SIGKILL to what is left of them after the time; returns when they are gone."""
        children = [self.children.pop(name) for name in list(names) if name in self.children]
        for child in children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(child.process.poll() is None for child in children):
            time.sleep(POLL_SECONDS)
        for child in children:
            child.signal(signal.SIGKILL)
            child.process.wait()


_libc = ctypes.CDLL(None)


def _end_with_parent() -> None:
    """Runs between fork and exec: the kernel sends SIGTERM when the parent is gone, even by SIGKILL."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
