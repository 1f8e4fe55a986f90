"""Every value is taken verbatim; what cannot be read is refused by its name and never by its value."""

import os
from pathlib import Path

import pytest

from finito import dotenv_file, environment
from launcher.environment import ROOT

SECRET = "marker-7d1f"


def read(tmp_path: Path, content: bytes) -> dotenv_file.DotenvFile:
    (tmp_path / ".env").write_bytes(content)
    return dotenv_file.read(tmp_path / ".env")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"A=b", "b"),
        (b"A = b", "b"),
        (b"  A=b  ", "b"),
        (b"A\t=\tb", "b"),
        (b"export A=b", "b"),
        (b"A=b # why", "b"),
        (b"A=b\t# why", "b"),
        (b"A=abc#def", "abc#def"),
        (b"A=#abc", "#abc"),
        (b"A= # why", ""),
        (b"A=", ""),
        (b"A=\r\n", ""),
        (b"A=b\r\nB=c\r\n", "b"),
        (b"\xef\xbb\xbfA=b", "b"),
        (b"A='a # b'", "a # b"),
        (b'A="a # b" # why', "a # b"),
        (b"A='$x \\n'", "$x \\n"),
        (b"A=$ecret${x}$(y)`z`", "$ecret${x}$(y)`z`"),
        (b"A=a=b==", "a=b=="),
        (b"A=it's", "it's"),
        (b"A=\xc3\xa9\xf0\x9f\x94\x91", "é🔑"),
        (b"A=1\nA=2", "2"),
        (b"A='one\ntwo'\nB=3", "one\ntwo"),
        (b'A={"a": "b c"}', '{"a": "b c"}'),
    ],
)
def test_it_reads_a_line_as_people_mean_it(tmp_path: Path, content: bytes, value: str) -> None:
    found = read(tmp_path, content)
    assert (found.values["A"], found.faults) == (value, [])


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"\nSECRET_KEY", "line 2"),
        (b"SECRET_KEY: marker-7d1f", "line 1"),
        (b"\n\n  \nSECRET KEY=marker-7d1f", "line 4"),
        (b"A=1\nSECRET_KEY='marker-7d1f", "line 2 (SECRET_KEY)"),
        (b'A=1\nexport SECRET_KEY = "marker-7d1f', "line 2 (SECRET_KEY)"),
        (b"SECRET_KEY='marker-7d1f'x", "line 1 (SECRET_KEY)"),
        (b"$env:SECRET_KEY=marker-7d1f", "line 1"),
        (b"- SECRET_KEY=marker-7d1f", "line 1"),
        (b"marker-7d1f", "line 1"),
        (b"A=1\r\n\r\nmarker-7d1f ==\r\n", "line 3"),
        (b"A=\xe9\nB=1", "line 1"),
        (b"A=1\nB=marker-7d1f\xff", "line 2"),
        (b"A=marker-7d1f\0", "line 1 (A)"),
    ],
)
def test_it_refuses_a_line_by_its_place_and_not_by_its_text(tmp_path: Path, content: bytes, where: str) -> None:
    (fault,) = read(tmp_path, content).faults
    assert fault.startswith(f".env, {where}")
    assert SECRET not in fault


def test_it_reads_no_more_than_is_there(tmp_path: Path) -> None:
    assert dotenv_file.read(tmp_path / ".env") == dotenv_file.DotenvFile()
    (tmp_path / ".env").mkdir()
    assert dotenv_file.read(tmp_path / ".env").faults == [".env cannot be read: Is a directory."]


def test_the_environment_wins_also_by_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nB=2\n")
    found = {"A": ""}
    assert dotenv_file.complete(found, tmp_path) == []
    assert found == {"A": "", "B": "2"}


def test_it_knows_the_documented_names() -> None:
    assert {"SECRET_KEY", "DATABASE_URL"} <= dotenv_file.documented_names(ROOT)
    assert dotenv_file.documented_names(ROOT / "nowhere") == set()


@pytest.fixture(autouse=True)
def _refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "UNREADABLE", [])
    monkeypatch.setattr(environment, "REFUSED", {})
    monkeypatch.delenv("A", raising=False)


@pytest.mark.parametrize("value", ["$ecret", "$SECRET_KEY", "%41", "a#b", r"\$a", "'a'", " a ", "${x}", "$$", "a\nb"])
def test_it_takes_a_text_verbatim(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert environment.text("A", "default") == environment.env.str("A") == value


@pytest.mark.parametrize("value", ["a\n", "a\r\n", "\na\n\n"])
def test_no_value_ends_as_a_line_of_a_file_does(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert environment.text("A") == "a"


@pytest.mark.parametrize("value", ["", " ", "\t\n"])
def test_nothing_is_not_set(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert (environment.text("A", "x"), environment.flag("A", True), environment.number("A", 3)) == ("x", True, 3)
    assert environment.names("A") == []


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        *((word, True) for word in ("true", "True", " TRUE ", "1", "yes", "on", "Y", "t")),
        *((word, False) for word in ("false", "False ", "0", "no", "off", "N", "f")),
    ],
)
def test_it_reads_what_is_true_and_what_is_false(value: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert environment.flag("A", not meant) is meant
    assert environment.REFUSED == {}


@pytest.mark.parametrize("value", ["marker-7d1f", "2", "tru", "-1", "none", "True False", "yes!"])
def test_it_refuses_what_is_neither(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert environment.flag("A", False) is False
    assert environment.REFUSED == {"A": "is neither true nor false"}


@pytest.mark.parametrize(("value", "meant"), [(" 5 ", 5), ("0.5", 0.5), ("1e3", 1000), ("0", 0), ("+7", 7)])
def test_it_reads_a_number(value: str, meant: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert (environment.number("A", 3), environment.UNREADABLE) == (meant, [])


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "1e99", "10s", "5,5", "marker-7d1f", "1 2", "0x10"])
def test_it_refuses_what_is_no_number_of_use(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert (environment.number("A", 3), environment.UNREADABLE) == (3, ["A"])


@pytest.mark.parametrize(
    ("value", "meant"), [("a,b", ["a", "b"]), (" a , ,b,", ["a", "b"]), ("a b\nc", ["a", "b", "c"]), ("$a", ["$a"])]
)
def test_it_reads_a_list(value: str, meant: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", value)
    assert environment.names("A") == meant


def test_a_database_that_is_refused_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "A", f"postgres://u:{SECRET}@h:port/db")
    assert environment.database("A")["ENGINE"].endswith("dummy")
    assert SECRET not in environment.REFUSED["A"]


def test_it_has_a_file_of_its_own_without_a_database_and_says_where_there_is_no_place_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "BASE_DIR", tmp_path)
    assert environment.database("A")["NAME"] == str(tmp_path / "var" / "finito.sqlite3")
    environment.make_place("A")
    (tmp_path / "var").rmdir()
    (tmp_path / "var").write_text("in the way")
    environment.make_place("A")
    assert environment.REFUSED["A"].startswith("is not set, and the database cannot be in var/")
