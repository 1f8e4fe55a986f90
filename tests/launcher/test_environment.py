"""bin/run adds to the environment what is missing, and leaves the rest to the user."""

import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import environment as run_environment
from launcher.environment import ROOT, RunEnvironment, is_taken, kept_secret, last_environment


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty checkout and an empty environment."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ["PATH"] = "/bin"
    monkeypatch.setattr(run_environment, "ROOT", tmp_path)
    monkeypatch.setattr(run_environment, "VAR", tmp_path / "a var")
    (tmp_path / "a var").mkdir()
    shutil.copy(ROOT / ".env.example", tmp_path)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


def completed() -> dict[str, str]:
    environment = RunEnvironment()
    environment.complete()
    return environment.values


def test_it_needs_nothing_from_the_user() -> None:
    values = completed()
    assert values["HTTPS_ONLY"] == "False"
    assert values["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1]"
    assert values["PUBSUB_PUSH_AUDIENCE"] == "http://127.0.0.1:8000/gmail/push/"
    assert values["DATABASE_URL"].endswith("a%20var/finito.sqlite3")
    google = {name: value for name, value in values.items() if name.startswith("GOOGLE") and name.endswith("URL")}
    assert len(google) == 4
    assert all(value.startswith("http://127.0.0.1:") for value in google.values())


@pytest.mark.parametrize("by_file", [True, False])
def test_it_leaves_alone_what_the_user_has_set(checkout: Path, by_file: bool) -> None:
    chosen = {"SECRET_KEY": "mine", "REDIS_URL": "redis://mine:6379/0", "GOOGLE_CLIENT_ID": "mine", "PORT": "8123"}
    if by_file:
        (checkout / ".env").write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
    else:
        os.environ.update(chosen)
    environment = RunEnvironment()
    environment.complete()
    assert not environment.is_demo
    assert not environment.brings_redis
    assert environment.values.items() >= chosen.items()
    assert "GMAIL_API_ROOT" not in environment.values
    assert json.loads((checkout / "a var" / "secrets.json").read_text()).keys() == {"TOKEN_ENCRYPTION_KEYS"}


def test_it_has_supabase_played_only_when_asked_to() -> None:
    assert not [name for name, value in completed().items() if name.startswith("SUPABASE") and value]
    os.environ["SUPABASE"] = "1"
    values = completed()
    assert values["SUPABASE_URL"] == values["GMAIL_API_ROOT"].rstrip("/")
    assert values["SUPABASE_SIGNING_KEY"] == kept_secret("SUPABASE_SIGNING_KEY")
    os.environ["SUPABASE_URL"] = "https://mine.supabase.co"
    assert "SUPABASE_SIGNING_KEY" not in completed()


def test_the_environment_wins_over_the_file(checkout: Path) -> None:
    (checkout / ".env").write_text("PORT=8123\n")
    os.environ["PORT"] = "8124"
    assert RunEnvironment().port == 8124


def test_it_takes_an_empty_value_for_none(checkout: Path) -> None:
    (checkout / ".env").write_text("SECRET_KEY=\nREDIS_URL=\n")
    values = completed()
    assert len(values["SECRET_KEY"]) >= 50
    assert values["REDIS_URL"].startswith("redis://127.0.0.1:")


def test_it_makes_a_secret_once_for_the_owners_eyes(checkout: Path) -> None:
    secret = kept_secret("SECRET_KEY")
    assert kept_secret("SECRET_KEY") == secret != kept_secret("OTHER")
    assert stat.S_IMODE((checkout / "a var" / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b'{"SECRET_KEY": ', b"[]", b"\xff\xfe"])
def test_it_makes_no_secret_in_the_place_of_one_that_cannot_be_read(checkout: Path, content: bytes) -> None:
    for name, ask in (("secrets.json", completed), ("environment.json", last_environment)):
        file = checkout / "a var" / name
        file.write_bytes(content)
        with pytest.raises(SystemExit, match=f"{name} is damaged: "):
            ask()
        assert file.read_bytes() == content
        file.unlink()


def test_it_hands_its_environment_to_later_commands_which_may_override_it() -> None:
    os.environ.update({"DATABASE_URL": "postgres://mine/finito", "MY_OWN": "business"})
    values = completed()
    del os.environ["DATABASE_URL"], os.environ["MY_OWN"]
    os.environ["EVENT_RETENTION_DAYS"] = "1"
    later = last_environment()
    assert later["SECRET_KEY"] == values["SECRET_KEY"]
    assert later["PATH"] == values["PATH"]
    assert later["DATABASE_URL"] == "postgres://mine/finito"
    assert "MY_OWN" not in later
    assert later["EVENT_RETENTION_DAYS"] == "1"


@pytest.mark.parametrize("port", ["0", "65536", "web", "-1"])
def test_it_refuses_a_port_that_is_none(port: str) -> None:
    os.environ["PORT"] = port
    with pytest.raises(SystemExit, match="PORT must be"):
        RunEnvironment()


def test_it_tells_why_a_port_cannot_be_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert is_taken(server.getsockname()[1]) == "Address already in use"
