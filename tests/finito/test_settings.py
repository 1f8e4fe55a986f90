"""One list of variables, in three places: the settings, .env.example and docs/settings.md."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.environment import ROOT
from tests.support.environment import ENVIRONMENT

SOURCE = (ROOT / "finito" / "settings.py").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
PAGE = (ROOT / "docs" / "settings.md").read_text()
# Their defaults follow from others or say where things are.
READERS = ("number", "names", "hosts", "origins", "proxies")
WITHOUT_PLAIN_DEFAULT = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "HTTPS_ONLY"}


def read_by_settings() -> dict[str, object]:
    """Every variable that settings.py reads, with its default where that is a literal."""
    found: dict[str, object] = {}
    for node in ast.walk(ast.parse(SOURCE)):
        reader = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and node.args and (reader.startswith("env.") or reader in READERS):
            name, *defaults = [*node.args, *(keyword.value for keyword in node.keywords)]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                default = defaults[0] if defaults else None
                found[name.value] = ast.literal_eval(default) if isinstance(default, ast.Constant | ast.List) else None
    return found


def in_example() -> dict[str, str]:
    return dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def on_page() -> dict[str, str]:
    return dict(re.findall(r"^\| ([A-Z][A-Z_]+) \| (.+?) \| .+\. \|$", PAGE, re.MULTILINE))


def test_it_has_one_list_of_variables() -> None:
    names = read_by_settings().keys()
    assert in_example().keys() == names
    assert on_page().keys() == names


def test_it_explains_each_variable_in_the_line_above() -> None:
    for before, line in zip(EXAMPLE.splitlines(), EXAMPLE.splitlines()[1:], strict=False):
        if re.match(r"#?[A-Z][A-Z_]+=", line):
            assert re.match(r"# .+\w", before), line


@pytest.mark.parametrize("name", sorted(in_example().keys() - WITHOUT_PLAIN_DEFAULT))
def test_it_shows_the_default_that_the_settings_have(name: str) -> None:
    default = read_by_settings()[name]
    shown = "" if default in (None, "") else str(default)
    assert in_example()[name] == shown
    assert (on_page()[name] == shown) if shown else on_page()[name].startswith("none")


NOT_NOTHING = "STREAM_HEARTBEAT_SECONDS STREAM_MAX_AGE_SECONDS STREAM_MAX_PER_USER STREAM_WRITE_TIMEOUT_SECONDS"
NOT_NOTHING += " SYNC_POLL_SECONDS SYNC_POLL_SILENT_SECONDS"


@pytest.mark.parametrize(
    ("value", "names"),
    [("0", NOT_NOTHING.split()), ("9999999", ["STREAM_WRITE_TIMEOUT_SECONDS", "EVENT_RETENTION_DAYS"])],
)
def test_it_refuses_a_number_with_which_nothing_works(value: str, names: list[str]) -> None:
    program = "import json; from finito import settings; print(json.dumps(settings.UNREADABLE_SETTINGS))"
    values = {"PATH": os.environ["PATH"], **ENVIRONMENT, **dict.fromkeys(names, value)}
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=values, check=True, capture_output=True)
    assert sorted(json.loads(found.stdout)) == sorted(names)


def test_it_starts_each_process_by_one_plain_command() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines.keys() == {"release", "web", "worker"}
    for line in lines.values():
        assert not re.search(r"[;&|<>`(){}]", line)
        assert shlex.split(line)[0] in ("python", "uvicorn")
    assert "--port $PORT" in lines["web"]
    assert "--no-access-log" in lines["web"]


def test_reading_them_changes_nothing_in_the_world(tmp_path: Path) -> None:
    """No directory is made and no library changed, whatever is set."""
    for package in ("finito", "realtime"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(tmp_path.rglob("*"))
    values = {"PATH": os.environ["PATH"], **ENVIRONMENT, "DATABASE_URL": "", "TMPDIR": str(tmp_path), "DEBUG": "True"}
    values |= {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts"), "PYTHONDONTWRITEBYTECODE": "1"}
    program = "import finito.settings, prometheus_client.values as v; assert v.ValueClass.__name__ == 'MutexValue'"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=values, check=True, timeout=60)
    assert sorted(tmp_path.rglob("*")) == before
