"""`bin/setup`: makes .venv and installs the locked requirements into it. Python's own library is all it needs.

It does nothing, and needs no network, where that was done before for the same lock at the same place.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from launcher import apt

ROOT = Path(__file__).resolve().parent.parent
CANDIDATES = ("python3", "/usr/bin/python3", "python3.14", "python3.13", "python3.12", "python3.11")
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}


class Setup:
    """One .venv, with the requirements of `bin/run` or, those included, of the tests and linters."""

    def __init__(self, root: Path, kind: str, wanted: str = "") -> None:
        self.root, self.kind, self.wanted = root, kind, wanted
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.place = str(self.venv.resolve())  # a copied or moved .venv would run the original's programs

    def stamp(self, kind: str) -> str:
        """What was installed, and where."""
        return hashlib.sha256((self.root / LOCKS[kind]).read_bytes() + self.place.encode()).hexdigest()

    def is_done(self) -> bool:
        """Tell whether the same was installed before, and works."""
        return (
            not self._is_foreign()
            and _text(self.venv / f".installed-{self.kind}") == self.stamp(self.kind)
            and _runs(self.python, "import django")
        )

    def _is_foreign(self) -> bool:
        """Tell whether .venv was made with another Python than the one that is asked for."""
        return bool(self.wanted) and identity(self.wanted) != identity(self.python)

    def make(self) -> None:
        """Make .venv anew where there is none that fits, and install."""
        moved = _text(self.venv / ".place") not in ("", self.place)
        if moved or self._is_foreign() or not _runs(self.python, "import pip"):
            python = self.wanted or find_python()
            _provide_venv(python)
            say("Making .venv.")
            subprocess.run([python, "-m", "venv", "--clear", self.venv], check=True)
        (self.venv / ".place").write_text(self.place)
        say(f"Installing {LOCKS[self.kind]}; the first time takes about a minute.")
        pip: list[str | Path] = [
            self.python,
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--no-input",
        ]
        if self.kind == "dev":
            pip.append("--no-compile")  # tests import a part of it, by a user who may write
        if subprocess.run([*pip, "--prefer-binary", "--require-hashes", "-r", self.root / LOCKS[self.kind]]).returncode:
            sys.exit(f"pip could not install {LOCKS[self.kind]} (see above).")
        for kind in {self.kind, "run"}:
            (self.venv / f".installed-{kind}").write_text(self.stamp(kind))


def find_python() -> str:
    """This Python, or else the first one that is new enough and can make a virtual environment."""
    usable = [sys.executable, *(found for name in CANDIDATES if (found := shutil.which(name)) and is_new_enough(found))]
    return next((python for python in usable if makes_venv(python)), usable[0])


def is_new_enough(python: str | Path) -> bool:
    """Tell whether it is Python 3.11 or newer."""
    return _runs(python, "import sys; sys.exit(sys.version_info < (3, 11))")


def makes_venv(python: str | Path) -> bool:
    """Tell whether it can make a virtual environment, which Debian packs separately."""
    return _runs(python, "import ensurepip, venv; ensurepip.version()")


def identity(python: str | Path) -> str:
    """The installation behind a Python or its virtual environment; empty where there is none."""
    return _ask(python, "import sys; print(sys.base_prefix, sys.version)")


def _provide_venv(python: str) -> None:
    if makes_venv(python):
        return
    package = "python3-venv"
    if Path(python).resolve() != Path("/usr/bin/python3").resolve():
        package = _ask(python, "import sys; print('python%d.%d-venv' % sys.version_info[:2])")
    if not apt.can_install():
        sys.exit(f"This Python cannot make a virtual environment: install the package {package} and start again.")
    say(f"Installing {package} with apt.")
    if failure := apt.install(package):
        sys.exit(f"{failure}\napt could not install {package}.")


def _ask(python: str | Path, code: str) -> str:
    try:
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _runs(python: str | Path, code: str) -> bool:
    try:
        return subprocess.run([python, "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


def _text(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


def say(text: str) -> None:
    """Tell the user; standard output is the caller's."""
    print(text, file=sys.stderr, flush=True)


def _end(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


def main() -> None:
    """Set up once at a time; an interrupted installation leaves nothing elsewhere."""
    wanted = os.environ.get("PYTHON", "")
    if wanted and not is_new_enough(wanted):
        sys.exit(f"PYTHON={wanted} is no Python 3.11 or newer.")
    os.umask(0o022)
    signal.signal(signal.SIGTERM, _end)
    var = ROOT / "var"
    var.mkdir(mode=0o700, exist_ok=True)
    with (var / "setup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        setup = Setup(ROOT, "dev" if sys.argv[1:2] == ["--dev"] else "run", wanted)
        if setup.is_done():
            return
        temporary = var / "setup"
        temporary.mkdir(exist_ok=True)
        os.environ["TMPDIR"] = str(temporary)
        try:
            setup.make()
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    main()
