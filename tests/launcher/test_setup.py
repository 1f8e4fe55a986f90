"""bin/setup: what it does again, and which Python it takes."""

import sys
from pathlib import Path

import pytest

from launcher import apt, setup
from launcher.setup import Setup, find_python, identity, is_new_enough


@pytest.fixture
def made(tmp_path: Path) -> Setup:
    """A checkout whose .venv is this one's, and which is stamped as done."""
    (tmp_path / "requirements.lock").write_text("django==5.2.19\n")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    here = Setup(tmp_path, "run")
    here.venv = tmp_path / "stamps"
    here.venv.mkdir()
    (here.venv / ".installed-run").write_text(here.stamp("run"))
    return here


def test_it_does_nothing_twice(made: Setup) -> None:
    assert made.is_done()


def test_it_installs_again_for_another_lock(made: Setup) -> None:
    (made.root / "requirements.lock").write_text("django==5.2.20\n")
    assert not made.is_done()


def test_it_installs_again_at_another_place(made: Setup) -> None:
    made.place = "/elsewhere/.venv"
    assert not made.is_done()


def test_it_installs_again_where_it_does_not_work(made: Setup) -> None:
    made.python = Path("/nonexistent/python")
    assert not made.is_done()


def test_it_installs_again_for_another_python(made: Setup) -> None:
    made.wanted = sys.executable
    assert made.is_done()
    made.wanted = "/nonexistent/python"
    assert not made.is_done()


def test_it_takes_a_python_that_can_make_a_virtual_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "makes_venv", lambda python: python != sys.executable)
    found = find_python()
    assert found != sys.executable
    assert is_new_enough(found)


def test_it_knows_a_virtual_environment_by_what_is_behind_it() -> None:
    assert identity(sys.executable) == identity(Path(sys.executable).resolve()) != ""


def test_it_says_which_package_is_missing_to_whoever_is_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "makes_venv", lambda python: False)
    monkeypatch.setattr(apt, "can_install", lambda: False)
    with pytest.raises(SystemExit, match=r"install the package python3(\.\d+)?-venv and start again"):
        setup._provide_venv("/usr/bin/python3")
