"""Debian's packages, installed where root runs us; the services that come with them are not started."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")  # asked by Debian before it starts a service; 101: do not
INSTALL = ["apt-get", "install", "-y", "-qq", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends"]


def can_install() -> bool:
    """Tell whether this is root on a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> str:
    """Install the packages; gives what apt said where it failed, else an empty text."""
    with _no_service_starts():
        if not _run(INSTALL + list(packages)):
            return ""
        return _run(["apt-get", "update", "-qq"]) or _run(INSTALL + list(packages))


def _run(command: list[str]) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    ended = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return ended.stdout or f"{command[0]} ended with {ended.returncode}" if ended.returncode else ""


@contextmanager
def _no_service_starts() -> Iterator[None]:
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
