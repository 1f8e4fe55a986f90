"""Two databases on one Redis are two installations, also when one is the other's copy."""

import shutil
from pathlib import Path

import pytest
from django.db import connection

from realtime.transport import installation


@pytest.mark.django_db(transaction=True)
def test_rule_07_a_copy_of_the_database_is_another_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.name.cache_clear()
    mine = installation.name()
    installation.name.cache_clear()
    assert installation.name() == mine
    if connection.vendor == "sqlite":
        source = tmp_path / "source"
        source.touch()
        monkeypatch.setitem(connection.settings_dict, "NAME", str(source))
        here = installation._place()
        monkeypatch.setitem(connection.settings_dict, "NAME", shutil.copy(source, tmp_path / "copy"))
        assert installation._place() not in ("", here)
    else:
        cluster, database = installation._place().split("/")
        assert int(cluster) > 0 and int(database) > 0  # noqa: PT018
    installation.name.cache_clear()
