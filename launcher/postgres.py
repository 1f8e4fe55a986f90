"""A throwaway PostgreSQL cluster of the server that is installed."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launcher.environment import free_ports

OWNER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses root
AS_OWNER: dict[str, Any] = {"user": OWNER, "group": OWNER, "extra_groups": []} if OWNER else {}
OPTIONS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "300"}

THROWAWAY = {"fsync": "off"}  # nobody needs it after a power cut


def binaries() -> Path | None:
    """The folder of the newest installed server's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


@contextmanager
def cluster(directory: Path, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """Give the address `postgres://finito@127.0.0.1:PORT`; the server ends, at once, with the block.

    `options` are server settings beside ours. Raises subprocess.CalledProcessError with PostgreSQL's own words.
    """
    programs = binaries()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    (port,) = free_ports(1)
    directory.mkdir()
    if OWNER:
        shutil.chown(directory, OWNER)
    data = str(directory / "data")
    trust = ["-U", "finito", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    settings = [f"-c {name}={value}" for name, value in {**OPTIONS, **(options or {})}.items()]
    server = " ".join([f"-p {port}", *settings])
    pg_ctl: list[str | Path] = [programs / "pg_ctl", "-D", data, "-s", "-w", "-l", directory / "server.log"]
    _run([programs / "initdb", "-D", data, *trust], directory)
    _run([*pg_ctl, "-o", server, "start"], directory)
    try:
        yield f"postgres://finito@127.0.0.1:{port}"
    finally:
        _run([*pg_ctl, "-m", "immediate", "stop"], directory)


def _run(command: list[str | Path], directory: Path) -> None:
    with (directory / "commands.log").open("ab") as log:
        subprocess.run(command, cwd=directory, stdout=log, stderr=log, check=True, **AS_OWNER)
