"""Two migrations at once, as platforms start them: one works, the other waits."""

import subprocess
import sys
from pathlib import Path

import pytest

from launcher.environment import ROOT
from tests.support.live import Stack
from tests.support.live_database import fresh_database, run_kind

pytestmark = pytest.mark.slow  # processes, or waits


def test_several_at_once_end_well(tmp_path: Path) -> None:
    with fresh_database(run_kind(), tmp_path) as url:
        environment = {**Stack(tmp_path, webs=1).environment, "DATABASE_URL": url}
        command = [sys.executable, "manage.py", "migrate"]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        running = [subprocess.Popen(command, cwd=ROOT, env=environment, **pipe, text=True) for _ in range(3)]  # type: ignore[call-overload]
        told = [process.communicate(timeout=120)[0] for process in running]
        assert [process.returncode for process in running] == [0, 0, 0], told
        assert sum("Applying realtime.0001_initial... OK" in output for output in told) == 1
        assert sum("No migrations to apply." in output for output in told) == 2


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/at/all/finito.sqlite3", "its file cannot be opened"),
        ("postgres://ann:marker-7d1f@127.0.0.1:9/finito", "nobody listens at its address"),
        ("postgres://ann:marker-7d1f@nowhere.invalid/finito", "its host is not known"),
    ],
)
def test_it_says_in_one_sentence_what_is_wrong_with_the_database(tmp_path: Path, url: str, said: str) -> None:
    environment = {**Stack(tmp_path, webs=1).environment, "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "migrate"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"The database: {said}. Mend: ")
    assert "Traceback" not in ended.stderr
    assert "marker" not in ended.stdout + ended.stderr


@pytest.mark.skipif(run_kind() == "sqlite", reason="PostgreSQL alone has encodings")
@pytest.mark.parametrize(("encoding", "refused"), [("LATIN1", True), ("WIN1252", True), ("SQL_ASCII", False)])
def test_it_refuses_a_database_that_has_no_place_for_most_characters(
    tmp_path: Path, encoding: str, refused: bool
) -> None:
    options = f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
    with fresh_database(run_kind(), tmp_path, options=options) as url:
        environment = {**Stack(tmp_path, webs=1).environment, "DATABASE_URL": url}
        command = [sys.executable, "manage.py", "check", "--database", "default"]
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == refused
    assert ("finito.E011" in ended.stderr) == refused
