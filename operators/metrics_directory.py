"""Where the processes of one machine keep their metrics, so that any web can show all of them.

This is prometheus_client's multiprocess mode: each process counts in files of its own, a scrape adds them up. A
process is named by a file that it holds locked, since a process id comes again. The kernel unlocks it however the
process ends; then the next scrape or start adds what it had counted to one archive and drops its gauges. So there
are only the archive and the files of the living, and no counter goes back before the machine's temporary files do.
"""

import fcntl
import hashlib
import os
import secrets
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import prometheus_client.values
from prometheus_client import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the library's own; an operator may set it, nobody has to
FILE_BYTES = 65_536
KEPT_KINDS = ("counter", "histogram")
KINDS = (*KEPT_KINDS, "gauge_livesum", "gauge_livemin")
ARCHIVE = "ended"
LOCK_SECONDS = 1.0  # who holds it for longer hangs; nothing waits for him


def share(database: dict[str, Any], fallback: Path) -> None:
    """From now on every new metric of this process counts for the whole machine; call it before the first is made.

    Where no private directory can be had, or its disk is full, the process counts for itself.
    """
    values = prometheus_client.values
    with suppress(OSError):
        process = Process(directory := _chosen(database, fallback))
        process()
        os.environ[VARIABLE] = str(directory)
        values.ValueClass = values.MultiProcessValue(process)
        return
    os.environ.pop(VARIABLE, None)  # by which the library chose its files when it was imported
    values.ValueClass = values.MutexValue


def read(directory: Path) -> Iterable[Metric]:
    """The sums over all processes, the ended ones included."""
    with _locked(directory) as alone:
        if alone:
            _bury_the_dead(directory)
        files = [str(file) for file in directory.glob("*.db")]
        return list(MultiProcessCollector.merge(files))


class Process:
    """Gives this process's name among the files; a forked child gets one of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pid, self._name = 0, ""

    def __call__(self) -> str:
        if self._pid != os.getpid():
            self._pid, self._name = os.getpid(), f"{os.getpid()}-{secrets.token_hex(4)}"
            self._begin()
        return self._name

    def _begin(self) -> None:
        """Make the files, with their space: a full disk would otherwise end the process by SIGBUS later."""
        # systemd-tmpfiles leaves a locked directory alone, however old what is in it.
        self._kept = os.open(self._directory, os.O_RDONLY)
        fcntl.flock(self._kept, fcntl.LOCK_SH)
        with _locked(self._directory) as alone:
            if alone:
                _bury_the_dead(self._directory)
            self._alive = (self._directory / f"{self._name}.alive").open("w")  # until the process ends
            fcntl.flock(self._alive, fcntl.LOCK_EX)
            for kind in KINDS:
                with (self._directory / f"{kind}_{self._name}.db").open("xb") as file:
                    os.posix_fallocate(file.fileno(), 0, FILE_BYTES)


def _chosen(database: dict[str, Any], fallback: Path) -> Path:
    """A directory of this user and this database, which nobody else can read or could have prepared.

    Raises OSError without one.
    """
    if named := os.environ.get(VARIABLE):
        Path(named).mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(named)
    where = repr([str(database.get(part, "")) for part in ("ENGINE", "HOST", "PORT", "NAME")])
    name = f"finito-metrics-{os.getuid()}-{hashlib.sha256(where.encode()).hexdigest()[:12]}"
    with suppress(OSError):
        if _is_private(directory := Path(tempfile.gettempdir()) / name):
            return directory
    if _is_private(directory := fallback / name):
        return directory
    raise PermissionError(f"{directory} is not private")


def _is_private(directory: Path) -> bool:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


@contextmanager
def _locked(directory: Path) -> Iterator[bool]:
    """Whether we were alone for the block's time: True after a second at most, unless somebody hangs."""
    deadline = time.monotonic() + LOCK_SECONDS
    with (directory / "lock").open("w") as file:
        while not (alone := _lock(file.fileno())) and time.monotonic() < deadline:
            time.sleep(0.005)
        yield alone


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _bury_the_dead(directory: Path) -> None:
    """Add what ended processes have counted to the archive, and remove their files."""
    names = {file.stem.rpartition("_")[2] for file in directory.glob("*.db")}
    names |= {file.stem for file in directory.glob("*.alive")}
    dead = [name for name in names - {ARCHIVE} if _is_dead(directory / f"{name}.alive")]
    if not dead:
        return
    for kind in KEPT_KINDS:
        _add_up([directory / f"{kind}_{name}.db" for name in (ARCHIVE, *dead)], directory / f"{kind}_{ARCHIVE}.db")
    for name in dead:
        for file in (*directory.glob(f"*_{name}.db"), directory / f"{name}.alive"):
            file.unlink(missing_ok=True)


def _is_dead(alive: Path) -> bool:
    try:
        with alive.open("rb") as file:
            return _lock(file.fileno())
    except FileNotFoundError:
        return True


def _add_up(files: list[Path], archive: Path) -> None:
    sums: Counter[str] = Counter()
    for file in files:
        with suppress(Exception):  # not there, or cut off where its process was killed
            for key, value, *_ in list(MmapedDict.read_all_values_from_file(str(file))):
                sums[key] += value
    draft = archive.with_suffix(".new")
    draft.unlink(missing_ok=True)
    written = MmapedDict(str(draft))
    for key, value in sums.items():
        written.write_value(key, value, 0.0)
    written.close()
    draft.replace(archive)
