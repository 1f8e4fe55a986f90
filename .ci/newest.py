"""Runs the quick tests on the newest Python that is here, in a checkout of its own, and says which that was.

All tests run on the oldest one (.ci/run): a program that works on both works on those between.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "var" / "newest"
NAMES = ("python3.15", "python3.14", "python3.13", "python3.12")
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


def newest() -> str | None:
    """The first that works, in the PATH or among pyenv's, whose shims are there also for what they cannot run."""
    for name in NAMES:
        for python in [shutil.which(name), *map(str, PYENV.glob(f"versions/*/bin/{name}"))]:
            if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
                return python
    return None


def main() -> int:
    """Exit as bin/test does; with 0 where this machine has no newer Python."""
    python = newest()
    if python is None:
        print(f"SKIPPED: a newer Python ({', '.join(NAMES)}), since none is here", flush=True)
        return 0
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"The quick tests on {version}:", flush=True)
    shutil.rmtree(COPY, ignore_errors=True)
    subprocess.run([shutil.which("git") or "git", "clone", "--quiet", ROOT, COPY], check=True)
    try:
        return subprocess.run(
            [COPY / "bin" / "test", "--quick"], cwd=COPY, env={**os.environ, "PYTHON": python}
        ).returncode
    finally:
        shutil.rmtree(COPY, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
