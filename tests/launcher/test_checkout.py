"""A checkout that nobody may write to, or whose `.env` is broken: one sentence, or it works (finito/settings.py)."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.environment import ROOT, google_at
from tests.support.environment import ENVIRONMENT, NOBODY

pytestmark = pytest.mark.slow  # processes of their own

# Root may write anywhere, unless it gives that up.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """A copy of what a process needs, at a place that anybody may read."""
    place = Path(tempfile.mkdtemp(prefix="finito-checkout-"))
    for name in ("finito", "gmail_sync", "operators", "realtime", "templates"):
        shutil.copytree(ROOT / name, place / name)  # with its bytecode: each process would compile all of it
    for name in ("manage.py", ".env.example"):
        shutil.copy(ROOT / name, place)
    place.chmod(0o555)
    yield place
    place.chmod(0o755)
    shutil.rmtree(place)


def run(checkout: Path, *command: str, **values: str) -> tuple[int, str]:
    """As a user to whom the permissions apply; the exit code and all that it said."""
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT, **google_at(NOBODY), "REDIS_URL": "redis://127.0.0.1:9"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/", **values}
    ended = subprocess.run(
        [*UNPRIVILEGED, sys.executable, *command],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return ended.returncode, ended.stdout


def test_it_says_that_there_is_no_place_for_the_database(checkout: Path) -> None:
    for command in (["manage.py", "check"], ["-c", "import finito.asgi"], ["manage.py", "sync_worker"]):
        code, said = run(checkout, *command)
        assert code == 1
        assert "DATABASE_URL is not set, and the database cannot be in var/ (Permission denied)." in said
        assert "Traceback" not in said


def test_it_works_with_a_database_elsewhere(checkout: Path) -> None:
    place = Path(tempfile.mkdtemp(prefix="finito-database-"))
    place.chmod(0o777)
    url = f"sqlite:///{place}/finito.sqlite3"
    for command in (["manage.py", "migrate"], ["manage.py", "check"], ["-c", "import finito.asgi"]):
        code, said = run(checkout, *command, DATABASE_URL=url)
        assert (code, "Traceback" in said) == (0, False), said
    assert not (checkout / "var").exists()
    shutil.rmtree(place)


@pytest.mark.parametrize("frozen", ["file", "directory"])
def test_the_doctor_says_that_sqlite_takes_no_writes(checkout: Path, frozen: str) -> None:
    place = Path(tempfile.mkdtemp(prefix="finito-database-"))
    place.chmod(0o777)
    url = f"sqlite:///{place}/finito.sqlite3"
    assert run(checkout, "manage.py", "migrate", DATABASE_URL=url)[0] == 0
    if frozen == "file":
        (place / "finito.sqlite3").chmod(0o444)
    else:
        place.chmod(0o555)
    said = run(checkout, "manage.py", "check_gmail", DATABASE_URL=url)[1]
    shutil.rmtree(place)
    (line,) = (line for line in said.splitlines() if line.startswith("database: "))
    assert line.startswith(("database: fault: it takes no writes.", "database: fault: its file cannot be opened."))


def test_it_refuses_a_broken_line_without_its_text(checkout: Path) -> None:
    checkout.chmod(0o755)
    (checkout / ".env").write_text("DEBUG=False\nSECRET_KEY='marker-7d1f\n")
    for command in (["manage.py", "check"], ["-c", "import finito.asgi"], ["manage.py", "check_gmail"]):
        code, said = run(checkout, *command, DATABASE_URL="postgres://u@127.0.0.1:9/db")
        assert code == 1
        assert ".env, line 2 (SECRET_KEY), cannot be read" in said
        assert "marker-7d1f" not in said
    (checkout / ".env").unlink()
    checkout.chmod(0o555)
