"""The load generator of C beside this file: compiled, fed with users, and asked command by command."""

import hashlib
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from launcher.environment import VAR
from launcher.supervisor import Failed

SOURCES = Path(__file__).parent
# What a record is filled with when it is sent; streams.c and publisher.c know the same marks.
NUMBER_DIGITS, NUMBER_BYTES, TIME_DIGITS, TIME_DOUBLE = b"#" * 10, b"%" * 8, b"@" * 19, b"&" * 8
MUST_BE_ZERO = ["lost", "repeated", "disordered", "misdelivered", "resets", "byes", "unreadable"]
MUST_BE_ZERO += ["failures", "closes", "refused_publishes"]


@dataclass(frozen=True)
class User:
    """Where they stand, the head of their request without its last line, and the bytes that publish one event."""

    id: int
    number: int
    request: bytes
    record: bytes = b""


def compiled() -> Path:
    """Return the program; compiles it when it is not there or of other sources. Raises Failed without a compiler."""
    sources = sorted(SOURCES.glob("*.[ch]"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    program = VAR / "bench" / f"load-{digest[:12]}"
    if program.exists():
        return program
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Failed("the load generator wants a C compiler: apt install gcc libc6-dev")
    program.parent.mkdir(parents=True, exist_ok=True)
    fresh = program.with_suffix(f".{os.getpid()}")  # two may compile at once
    command = [compiler, "-O2", "-o", str(fresh), *(str(source) for source in sources if source.suffix == ".c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"the load generator does not compile:\n{done.stderr[-2000:]}")
    fresh.replace(program)
    return program


class Load:
    """One running generator; addresses are `host:port`. Leaving it checks that nothing went wrong."""

    def __init__(
        self, directory: Path, users: Sequence[User], web: str, publish: str, *, connections: int = 1, ready: bool
    ) -> None:
        file = directory / "users"
        file.write_bytes(struct.pack("<I", len(users)) + b"".join(map(_packed, users)))
        words = [str(compiled()), str(file), web, publish, str(connections), str(int(ready))]
        self.count = len(users)
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self.check()
        finally:
            self._process.kill()
            self._process.wait()

    def ask(self, *words: object) -> dict[str, Any]:
        """Give a command and return its answer (load.c lists them). Raises Failed if the generator has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(" ".join(map(str, words)) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"the load generator ended before {words}") from None
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"the load generator ended at {words}: exit code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def open(
        self, count: int = 0, at_once: int = 128, *, resume: bool = False, ahead: int = 0, seconds: int = 120
    ) -> dict[str, Any]:
        """Open so many streams (0: all) and wait until each is placed and has got `ahead` events more."""
        count = count or self.count
        answer = self.ask("open", count, at_once, int(resume), ahead, seconds)
        if answer["placed"] < count or (ahead and answer["reached"] < count):
            raise Failed(f"not all of {count} streams came: {answer}")
        return answer

    def counts(self) -> dict[str, int]:
        """Return what was counted so far."""
        return self.ask("counts")

    def check(self) -> None:
        """Raise Failed if anything was lost, repeated, disordered, misdelivered, refused or closed."""
        counts = self.counts()
        if wrong := {name: counts[name] for name in MUST_BE_ZERO if counts[name]}:
            raise Failed(f"not as it should be: {wrong}, of {counts['delivered']} delivered")


def _packed(user: User) -> bytes:
    parts = [struct.pack("<IQ", user.id, user.number)]
    for text in (user.request, user.record):
        parts += [struct.pack("<I", len(text)), text]
    return b"".join(parts)
