"""DATABASE_URL with whatever people's passwords and paths hold."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finito.database_url import DatabaseUrlRefused, configuration

HERE = Path("/repository")


@pytest.mark.parametrize(
    "password",
    [
        *("plain", "$ecret", "${x}", "p%w", "100%", "a#b", "#", "a@b", "@", "a:b", ":", "a/b", "a?b", "a&b=c", "a b"),
        *("[", "]", "a\\b", '"', "'", "`", "{}", "é🔑", "+", "a+b", "~!*();,", "12/3", "123#4", "a@b/c@d", "x" * 500),
    ],
)
def test_it_takes_a_password_as_it_is_written(password: str) -> None:
    found = configuration(f"postgres://ann:{password}@db.example:5432/finito", HERE)
    parts = ("USER", "PASSWORD", "HOST", "PORT", "NAME", "ENGINE")
    assert tuple(found[part] for part in parts) == (
        *("ann", password, "db.example", 5432, "finito"),
        "finito.postgresql",
    )


@given(st.text(st.characters(codec="utf-8", exclude_characters="%?/\n\r\t", exclude_categories=["Cc"]), min_size=1))
def test_it_takes_any_password(password: str) -> None:
    found = configuration(f"postgres://ann:{password}@db.example/finito", HERE)
    assert (found["PASSWORD"], found["HOST"], found["NAME"]) == (password, "db.example", "finito")


@pytest.mark.parametrize(("password", "meant"), [("a%40b", "a@b"), ("%24x", "$x"), ("a%2Fb%3Fc%23", "a/b?c#")])
def test_it_takes_what_is_percent_encoded(password: str, meant: str) -> None:
    assert configuration(f"postgresql://ann:{password}@h/db", HERE)["PASSWORD"] == meant


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgres://u:p@[::1]:5433/db", "::1", 5433),
        ("postgres://u:p@h/db", "h", ""),
        ("postgres://h:5432/db?user=a@b", "h", 5432),
        ("postgres:///db?host=/run/postgresql", "", ""),
        ("postgres://u:p@%2Frun%2Fpostgresql/db", "/run/postgresql", ""),
        ("postgres://u:p@a:1,b:2/db?target_session_attrs=read-write", "a,b", "1,2"),
        (" POSTGRES://u:p@h/db\n", "h", ""),
    ],
)
def test_it_finds_the_host(url: str, host: str, port: int | str) -> None:
    found = configuration(url, HERE)
    assert (found["HOST"], found["PORT"], found["NAME"]) == (host, port, "db")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///var/finito.sqlite3", "/repository/var/finito.sqlite3"),
        ("sqlite:////data/finito.sqlite3", "/data/finito.sqlite3"),
        ("sqlite:////data/a%20b%23%3F%25%24%60.sqlite3", "/data/a b#?%$`.sqlite3"),
        ("sqlite:////data/a+b $c`d'.sqlite3", "/data/a+b $c`d'.sqlite3"),
        ("sqlite:////data/100%/x", "/data/100%/x"),
        ("sqlite:///:memory:", ":memory:"),
    ],
)
def test_it_finds_the_file_whatever_the_current_directory(url: str, file: str) -> None:
    assert configuration(url, HERE)["NAME"] == file


@pytest.mark.parametrize(
    "url",
    [
        *("marker-7d1f", "postgres:marker-7d1f", "mysql://u:marker-7d1f@h/db", "https://marker-7d1f", "://marker-7d1f"),
        *("postgres://u:marker-7d1f@h:port/db", "postgres://u:marker-7d1f@h:99999/db", "postgres://u:marker-7d1f@h"),
        *("postgres://u:marker-7d1f@[h/db", "postgres://", "sqlite://marker-7d1f", "sqlite:///", "sqlite:marker-7d1f"),
        "postgresql+psycopg://u:marker-7d1f@h/db",
    ],
)
def test_it_refuses_without_a_word_of_it(url: str) -> None:
    with pytest.raises(DatabaseUrlRefused) as refused:
        configuration(url, HERE)
    assert "marker-7d1f" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
