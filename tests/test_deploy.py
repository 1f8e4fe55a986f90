"""docs/deploy.md and what it names: commands, variables and files are real, and the processes are the Procfile's."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from django.core.management import get_commands
from django.test import override_settings

from gmail_sync import checks
from launcher.environment import ROOT, free_ports, google_at
from launcher.run import procfile_command
from launcher.supervisor import Supervisor
from tests.support.environment import ENVIRONMENT, NOBODY
from tests.support.waiting import status_of

pytestmark = pytest.mark.slow  # processes, or waits

DEPLOY, DOCKERFILE = (ROOT / "docs" / "deploy.md").read_text(), (ROOT / "Dockerfile").read_text()
UNITS = sorted((ROOT / "docs" / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
EXAMPLE = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
# Not settings of ours: PostgreSQL's, systemd's, and those of all programs.
OTHERS = {"POSTGRES_PASSWORD", "POSTGRES_USER", "AF_INET", "AF_UNIX", "HTTPS_PROXY", "NO_PROXY"}
OTHERS |= {"SSL_CERT_FILE"}
NAMES = r"[\w./@-]*\w[\w@.]*\.(?:md|yaml|txt|lock|service|conf|example)\b|\b(?:Dockerfile|Procfile)\b"
ENDS_WITHIN_SECONDS = 12
instructions = re.sub(r"\\\n", "", DOCKERFILE)


def test_it_names_commands_that_exist() -> None:
    named = set(re.findall(r"manage\.py (\w+)", DEPLOY))
    assert {"migrate", "rotate_token_keys", "new_epoch", "check_gmail"} <= named
    assert named <= get_commands().keys() | {"check"}


def test_it_makes_keys_with_python_alone() -> None:
    """Before anything is installed."""
    made = [run_bare(code) for code in re.findall(r"python3? -c \"(.+?)\"", DEPLOY)]
    assert len(made) == 2
    assert all(len(key) > 40 for key in made)
    Fernet(made[1])
    with override_settings(MISSING_SETTINGS=["TOKEN_ENCRYPTION_KEYS"]):
        (check,) = checks.required_settings_are_there()
    (hint,) = re.findall(r"python3 -c \"(.+?)\"", str(check.hint))
    Fernet(run_bare(hint))


def run_bare(code: str) -> str:
    return subprocess.run([sys.executable, "-ISc", code], capture_output=True, text=True, check=True).stdout.strip()


def test_it_has_a_certificate_before_the_site_that_needs_it() -> None:
    site = (ROOT / "docs" / "nginx.conf").read_text()
    steps = ["install -y git python3-venv", "certbot certonly", "cp docs/nginx.conf", "nginx -t"]
    assert [DEPLOY.index(step) for step in steps] == sorted(DEPLOY.index(step) for step in steps)
    (answered_from,) = re.findall(r"acme-challenge/ \{[^}]*?root (\S+);", site, re.DOTALL)
    assert f"certonly --webroot -w {answered_from} -d finito.example" in DEPLOY


def test_it_names_variables_that_exist() -> None:
    texts = [DEPLOY, (ROOT / "compose.yaml").read_text(), *(unit.read_text() for unit in UNITS)]
    for text in texts:
        assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text)) <= EXAMPLE | OTHERS


def test_it_names_files_that_exist() -> None:
    named = set(re.findall(NAMES, DEPLOY)) - {"/etc/nginx/sites-enabled/finito.conf", "finito.example"}
    assert {"docs/nginx.conf", "docs/systemd/finito-web@.service", "compose.yaml", "requirements.lock"} <= named
    assert {name for name in named if not any((ROOT / home / name).exists() for home in ("", "docs"))} == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_it_runs_the_procfiles_processes_by_systemd(unit: Path) -> None:
    kind = "web" if "web" in unit.name else "worker"
    (started,) = re.findall(r"^ExecStart=/srv/finito/\.venv/bin/(.+)$", unit.read_text(), re.MULTILINE)
    expected = shlex.join(procfile_words(kind)).replace("'$PORT'", "%i").replace("--host=", "--host=127.0.0.1")
    assert started == expected
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.MULTILINE)
    assert int(seconds) > ENDS_WITHIN_SECONDS


def test_its_web_listens_on_ipv4_and_ipv6(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environment = {**os.environ, **ENVIRONMENT, **google_at(NOBODY), "PORT": str(port)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    hosts = ["127.0.0.1", "[::1]"] if has_ipv6() else ["127.0.0.1"]
    supervisor = Supervisor(tmp_path / "log")
    supervisor.start("web", procfile_command("web", environment), environment, ROOT)
    try:
        for host in hosts:
            lives = partial(status_of, f"http://{host}:{port}/livez")
            supervisor.wait(lambda lives=lives: lives() == 200, 120, host)  # type: ignore[misc]
    finally:
        supervisor.end(["web"], ENDS_WITHIN_SECONDS)


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def procfile_words(kind: str) -> list[str]:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    return shlex.split(lines[kind])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_its_units_are_systemds(unit: Path, tmp_path: Path) -> None:
    if not (verifier := shutil.which("systemd-analyze")):
        pytest.skip("needs systemd-analyze")
    (tmp_path / "bin").symlink_to(Path(sys.executable).parent)  # whose own path may have a space in it
    here = unit.read_text().replace("/srv/finito/.venv/bin/", f"{tmp_path}/bin/")
    copy = tmp_path / unit.name.replace("@", "@1")
    copy.write_text(here.replace("=finito\n", "=root\n").replace("/srv/finito", str(tmp_path)))
    verified = subprocess.run([verifier, "verify", copy], capture_output=True, text=True, timeout=60, check=False)
    assert (verified.returncode, re.findall(r".*(?:Unknown|Invalid|Failed to parse).*", verified.stderr)) == (0, [])


def test_it_composes_what_waits_for_what_it_needs() -> None:
    services = COMPOSE["services"]
    assert services.keys() == {"migrate", "web", "worker", "database", "valkey"}
    for name in ("web", "worker"):
        conditions = {other: need["condition"] for other, need in services[name]["depends_on"].items()}
        assert conditions == {"migrate": "service_completed_successfully", "valkey": "service_healthy"}
        assert int(services[name]["stop_grace_period"].rstrip("s")) > ENDS_WITHIN_SECONDS
    assert services["worker"]["command"] == procfile_words("worker")
    assert ["release:", *services["migrate"]["command"]] == (ROOT / "Procfile").read_text().splitlines()[0].split()
    for name in ("database", "valkey"):
        assert services[name]["healthcheck"]["test"]
    assert services["database"]["image"] == "postgres:16"
    assert services["valkey"]["image"] == "valkey/valkey:8"


def test_its_image_holds_what_a_web_needs_and_tells_whether_it_lives(tmp_path: Path) -> None:
    """The image's files alone, started and asked by the image's own commands."""
    for sources, target in re.findall(r"^COPY (.+) (\S+)$", instructions, re.MULTILINE):
        for source in sources.split():
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, tmp_path / (source if target == "./" else target))
    (port,) = free_ports(1)
    environment = {
        **os.environ,
        **ENVIRONMENT,
        **google_at(NOBODY),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PORT": str(port),
        "ALLOWED_HOSTS": "finito.example",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'finito.sqlite3'}",
        "PYTHONPATH": "",
    }
    (command,) = re.findall(r"^CMD (\[.+\])$", instructions, re.MULTILINE)
    (check,) = re.findall(r"^HEALTHCHECK .*? CMD (\[.+\])$", instructions, re.MULTILINE)
    assert yaml.safe_load(command)[-1] == "exec " + shlex.join(procfile_words("web")).replace("'$PORT'", "$PORT")

    def lives() -> bool:
        words, settings = yaml.safe_load(check), {"ALLOWED_HOSTS"}  # which may come from a mounted .env
        asking = {name: value for name, value in environment.items() if name not in settings} | {"http_proxy": NOBODY}
        return subprocess.run(words, env=asking, capture_output=True, timeout=60, check=False).returncode == 0

    supervisor = Supervisor(tmp_path / "log")
    assert not lives()
    supervisor.start("web", yaml.safe_load(command), environment, tmp_path)
    try:
        supervisor.wait(lives, 120, "the web does not tell that it lives")
    finally:
        supervisor.end(["web"], ENDS_WITHIN_SECONDS)
