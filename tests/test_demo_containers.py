"""compose.demo.yaml, without containers: its services' commands with the image's files, on ports of this machine."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.environment import DEMO_MAILBOXES, ROOT, free_ports
from launcher.probes import http_status, redis_answers
from launcher.run import valkey_command
from launcher.supervisor import Supervisor
from simulator.client import SimulatorClient
from tests.support.environment import NOBODY
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow  # processes of their own

COMPOSED: dict[str, Any] = yaml.safe_load((ROOT / "compose.demo.yaml").read_text())
DOCKERFILE = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text())
SERVICES = COMPOSED["services"]
WEB, GOOGLE, REDIS = "8000", "9000", "6379"
PROXIES = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"), NOBODY)  # as Docker gives them


class Demo:
    """The composed services as processes in one directory, which stands for the image and the volume."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ports = dict(zip((WEB, GOOGLE, REDIS), map(str, free_ports(3)), strict=True))
        for sources, target in re.findall(r"^COPY (.+) (\S+)$", DOCKERFILE, re.MULTILINE):
            for source in sources.split():
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, directory / (source if target == "./" else target))
        (directory / "var").mkdir()
        self.supervisor = Supervisor(directory / "log")

    def here(self, text: str) -> str:
        """With this machine's ports."""
        return re.sub(r":(8000|9000|6379)\b|(?<==)(8000|9000)$", self._port, text)

    def _port(self, found: re.Match[str]) -> str:
        return f":{self.ports[found[1]]}" if found[1] else self.ports[found[2]]

    def start(self, name: str, lasting: bool = True) -> None:
        """As compose would: the service's command, or the image's."""
        words = SERVICES[name].get("command")
        if words is None:
            (command,) = re.findall(r"^CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
            words = yaml.safe_load(command)
        chosen = {key: self.here(value) for key, value in SERVICES[name].get("environment", {}).items()}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = PROXIES | chosen | {"PATH": path, "PORT": self.ports[WEB], "HOME": str(self.directory)}
        child = self.supervisor.start(name, [self.here(word) for word in words], environment, self.directory, lasting)
        if not lasting:
            self.supervisor.finish(child, 120)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path)
    wait, ports = demo.supervisor.wait, {service: int(port) for service, port in demo.ports.items()}
    try:
        demo.supervisor.start("valkey", valkey_command(ports[REDIS]), dict(os.environ), tmp_path)
        demo.start("simulator")
        wait(lambda: http_status(ports[GOOGLE], "/sim/health") == 200, 120, "the simulator does not answer")
        wait(lambda: redis_answers(ports[REDIS]), 120, "valkey does not answer")
        demo.start("migrate", lasting=False)
        demo.start("web")
        demo.start("worker")
        wait(lambda: http_status(ports[WEB], "/livez") == 200, 120, "the web does not answer")
        demo.start("connect", lasting=False)
        yield demo
    finally:
        demo.supervisor.end(["web", "worker"], 13)
        demo.supervisor.end(["simulator", "valkey"], 3)


def test_it_shows_both_mailboxes_and_what_arrives(demo: Demo) -> None:
    simulator = SimulatorClient(f"http://127.0.0.1:{demo.ports[GOOGLE]}")
    user = SignedIn("demo", [f"http://127.0.0.1:{demo.ports[WEB]}"], simulator)
    page = user.get("/accounts/").text
    assert all(email in page for email in DEMO_MAILBOXES)
    with user.stream() as stream:
        simulator.deliver(DEMO_MAILBOXES[0], subject="From me to me")
        stream.wait_for("message.added", where=lambda frame: "From me to me" in str(frame.payload))
    eventually(lambda: user.get("/readyz").json()["push"] == "ok")


def test_it_is_reached_from_this_machine_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == [f"127.0.0.1:{WEB}:{WEB}", f"127.0.0.1:{GOOGLE}:{GOOGLE}"]
    shared = {name for name, service in SERVICES.items() if service.get("network_mode") == "service:simulator"}
    assert shared == SERVICES.keys() - {"simulator"}


def test_it_is_as_bin_run_makes_it() -> None:
    command = SERVICES["simulator"]["command"]
    assert [word.partition("=")[2] for word in command if word.startswith("--mailbox=")] == list(DEMO_MAILBOXES)
