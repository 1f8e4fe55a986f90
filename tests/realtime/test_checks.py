"""The checks of the stream and the log refuse what would lose events, before it can."""

import sqlite3

import pytest
from django.db import connection

from realtime.checks import sqlite_is_new_enough


@pytest.mark.parametrize(("version", "refused"), [((3, 34, 1), True), ((3, 35, 0), False), ((3, 40, 1), False)])
def test_it_refuses_an_sqlite_that_is_too_old(
    version: tuple[int, ...], refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, version)))
    assert [error.id for error in sqlite_is_new_enough()] == ["finito.E010"] * refused
