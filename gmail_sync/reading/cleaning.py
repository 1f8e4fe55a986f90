"""Clean mail in a process of its own, which may be killed.

A parser of strangers' HTML has costs and panics that nobody has listed: 100,000 attributes on one tag keep it busy for
40 s, and nothing ends a thread. So it has a process without our secrets, and less than a second (cleaners.py has a few
of them); then the text is shown.
"""

import json
import math
import os
import resource
import signal
import socket
import struct
import subprocess  # nosec B404  # ourselves
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gmail_sync.reading.rendering import Rendered, Source, render, render_as_text

SECONDS = 0.6  # for one mail; most take some milliseconds
START_SECONDS = 10.0
MOST_MEMORY = 1 << 30
LARGEST_FRAME = 64 << 20
_ROOT = Path(__file__).resolve().parents[2]
_LENGTH = struct.Struct(">I")


class TooMuch(Exception):
    """The mail has brought the process to an end, or not to one in time: then with so much of the processor."""

    def __init__(self, cpu_seconds: float = math.inf) -> None:
        super().__init__(cpu_seconds)
        self.cpu_seconds = cpu_seconds


class Cleaning:
    """One process that cleans, one mail at a time; started when it is needed, and again after it was ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self.is_there = False  # as it has said itself

    def clean(
        self, sources: list[Source], addresses: Mapping[str, str], with_pictures: bool, start: float = START_SECONDS
    ) -> Rendered:
        """Render the mail, in `start` and the mail's own seconds. Raises TooMuch, or OSError without a process."""
        asked = {"sources": [asdict(source) for source in sources], "addresses": dict(addresses)}
        with self._lock:
            line = self._started(start)
            until, cpu = time.monotonic() + SECONDS, self._cpu_seconds()
            try:
                _send(line, {**asked, "with_pictures": with_pictures}, until)
                return Rendered(**_receive(line, until))
            except (OSError, ValueError, TypeError) as error:
                had = self._cpu_seconds() - cpu if isinstance(error, TimeoutError) else math.inf
                self._begin_anew()
                raise TooMuch(had) from error

    def begin(self) -> None:
        """Begin the process if there is none, and do not wait for it."""
        if self._lock.acquire(blocking=False):  # else it has a mail in hand
            try:
                if self._process is None:
                    self._begin()
            except OSError:
                pass  # whoever needs it tries again
            finally:
                self._lock.release()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _started(self, seconds: float) -> socket.socket:
        """Return the line to a process that has said that it is there. Raises OSError; one that begins goes on so."""
        if self._line is None or self._process is None or self._process.poll() is not None:
            self._end()
            self._begin()
        line = self._line
        if line is None:
            raise OSError("not begun")
        if not self.is_there:
            line.settimeout(max(0.001, seconds))
            try:
                begun = line.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                raise  # it is on its way
            except OSError:
                begun = b""
            if not begun:
                self._begin_anew()
                raise OSError("it ended")
            _receive(line, time.monotonic() + START_SECONDS)
            self.is_there = True
        return line

    def _begin_anew(self) -> None:
        """End the process and begin the next one, so that nobody need wait for it."""
        self._end()
        with suppress(OSError):  # no memory, no process: the next one tries again
            self._begin()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-E", "-s", "-m", "gmail_sync.reading.cleaning"]
        self._line, self.is_there = ours, False
        with theirs:
            self._process = subprocess.Popen(  # nosec B603  # no shell, and nothing of a stranger's
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env={},
                start_new_session=True,
            )

    def _cpu_seconds(self) -> float:
        """Return the processor time of the process so far; not a number where the system does not tell it."""
        try:
            stat = Path(f"/proc/{self._process.pid if self._process else 0}/stat").read_text()
        except OSError:
            return math.nan
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None
        self.is_there = False


def _send(line: socket.socket, document: Any, until: float) -> None:
    body = json.dumps(document).encode()  # ASCII: lone surrogates pass
    line.settimeout(max(0.001, until - time.monotonic()))
    line.sendall(_LENGTH.pack(len(body)) + body)


def _receive(line: socket.socket, until: float) -> dict[str, Any]:
    (length,) = _LENGTH.unpack(_read(line, _LENGTH.size, until))
    if length > LARGEST_FRAME:
        raise ValueError("longer than any mail")
    document: dict[str, Any] = json.loads(_read(line, length, until))
    return document


def _read(line: socket.socket, length: int, until: float) -> bytes:
    received = bytearray()
    while len(received) < length:
        line.settimeout(max(0.001, until - time.monotonic()) if until else None)
        piece = line.recv(min(length - len(received), 1 << 20))
        if not piece:
            raise EOFError("the other side is gone") if not until else ConnectionError("the cleaning ended")
        received += piece
    return bytes(received)


def answer(asked: dict[str, Any]) -> Rendered:
    """Render what was asked for; the texts alone if that fails, and be it by a panic."""
    sources = [Source(**source) for source in asked["sources"]]
    try:
        return render(sources, asked["addresses"], asked["with_pictures"])
    except BaseException:  # a panic of nh3 is no Exception; its words would be the mail's
        return render_as_text(sources)


def _serve() -> None:
    """Clean what comes until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a mail's text on the disk
    line = socket.socket(fileno=0)
    _send(line, {}, time.monotonic() + START_SECONDS)
    while True:
        try:
            asked = _receive(line, 0)
        except EOFError:
            return
        _send(line, vars(answer(asked)), time.monotonic() + START_SECONDS)


if __name__ == "__main__":
    _serve()
