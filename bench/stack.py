"""One web, the workers, a Valkey, a database and the simulator, each a real process, in a folder of their own."""

import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from bench.cores import cores_of_their_own
from bench.databases import START_SECONDS, Database
from bench.google import Google
from bench.processes import cpu_seconds, run_once
from launcher.environment import ROOT, free_ports, google_at
from launcher.probes import http_status, redis_answers
from launcher.run import on_loopback, procfile_command, valkey_command
from launcher.supervisor import Supervisor

TOPIC, SUBSCRIPTION = "projects/bench/topics/gmail", "projects/bench/subscriptions/finito"
CLIENT_ID, CLIENT_SECRET = "client.apps.example", "client-secret"
PUSH_SERVICE_ACCOUNT = "push@bench.iam.gserviceaccount.com"
PUBLISHABLE_KEY = "sb_publishable_bench"
FERNET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Stack:
    """`env` is for web and worker, `simulator` more options of the simulator.

    Each process whose name begins with `apart` is alone on a core, as far as there are cores; `named` tells PostgreSQL
    who asks. With `supabase` the simulator's project is theirs; nobody is chosen yet.
    """

    def __init__(
        self,
        database: str,
        *,
        env: dict[str, str] | None = None,
        simulator: tuple[str, ...] = (),
        workers: int = 1,
        apart: str = "",
        named: bool = False,
        supabase: bool = False,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="finito-bench-", ignore_cleanup_errors=True)
        self.directory = Path(self._folder.name)
        self._kind, self._simulator = database, simulator
        self._apart, self._named, self._cores = apart, named, ExitStack()
        self.workers = [f"worker{number}" for number in range(workers)]
        self.supervisor = Supervisor(self.directory)
        self._redis_port, self._google_port, self._web_port = free_ports(3)
        self.web_address, self.redis_address = (f"127.0.0.1:{port}" for port in (self._web_port, self._redis_port))
        self.url = f"http://{self.web_address}"
        root = f"http://127.0.0.1:{self._google_port}"
        self.google = Google(root)
        self.env = {**self._environment(root), **(env or {})}
        if supabase:
            key = signing_key()
            self.env |= {"SUPABASE_URL": root, "SUPABASE_PUBLISHABLE_KEY": PUBLISHABLE_KEY, "SUPABASE_SIGNING_KEY": key}
            self._simulator += ("--supabase-publishable-key", PUBLISHABLE_KEY, "--supabase-signing-key", key)

    def _environment(self, google: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return {
            **kept,
            "TMPDIR": str(self.directory),
            "SECRET_KEY": "a-secret-key-of-the-benchmarks-that-is-long-enough",
            "TOKEN_ENCRYPTION_KEYS": FERNET_KEY,
            "DJANGO_SETTINGS_MODULE": "finito.settings",
            "DEBUG": "False",
            "HTTPS_ONLY": "False",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "REDIS_URL": f"redis://127.0.0.1:{self._redis_port}/0",
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
            **google_at(google),
            "GMAIL_PUBSUB_TOPIC": TOPIC,
            "PUBSUB_SUBSCRIPTION": SUBSCRIPTION,
            "PUBSUB_PUSH_AUDIENCE": f"{self.url}/gmail/push/",
            "PUBSUB_PUSH_SERVICE_ACCOUNT": PUSH_SERVICE_ACCOUNT,
            "STREAM_DRAIN_SECONDS": "1",
        }

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End all, those that others speak to last."""
        children, end = self.supervisor.children, self.supervisor.end
        back = {"postgres", "redis", "simulator"}
        end(children.keys() - back, 14)
        if "postgres" in children:
            children["postgres"].signal(signal.SIGINT)  # without waiting for its clients
        end(back, 5)
        self.google.close()
        self._cores.close()
        self._folder.cleanup()

    def _start(self) -> None:
        start, wait = self.supervisor.start, self.supervisor.wait
        commands = self._commands()
        apart = [name for name, _ in commands if self._apart and name.startswith(self._apart)]
        cores = dict(zip(apart, self._cores.enter_context(cores_of_their_own(len(apart))), strict=True))
        self.database = Database(self._kind, self.directory, self.supervisor)
        self.env["DATABASE_URL"] = self.database.url
        start("redis", valkey_command(self._redis_port), self.env, self.directory)
        simulator = [sys.executable, "-m", "simulator", *self._google_options(), *self._simulator]
        start("simulator", simulator, self.env, ROOT)
        wait(lambda: redis_answers(self._redis_port), START_SECONDS, "redis did not answer")
        wait(lambda: http_status(self._google_port, "/sim/health") == 200, START_SECONDS, "simulator did not answer")
        self.manage("migrate", "--verbosity", "0")
        for name, command in commands:
            env = {**self.env, "PGAPPNAME": name} if self._named else self.env
            start(name, [*cores.get(name, []), *command], env, ROOT)
        wait(self._workers_started, START_SECONDS, "the workers did not start")
        wait(lambda: http_status(self._web_port, "/livez") == 200, START_SECONDS, "web did not answer")

    def _commands(self) -> list[tuple[str, list[str]]]:
        web = on_loopback(procfile_command("web", {"PORT": str(self._web_port)}))
        return [("web", web), *((name, procfile_command("worker", {})) for name in self.workers)]

    def restart_web(self) -> None:
        """End the web and start another one at the same address, which answers when this returns."""
        web = self.supervisor.children["web"]
        web.signal(signal.SIGKILL)
        web.process.wait()
        web.process = web.run()
        self.supervisor.wait(lambda: http_status(self._web_port, "/livez") == 200, START_SECONDS, "web did not answer")

    def _workers_started(self) -> bool:
        logs = [self.supervisor.children[name].log for name in self.workers]
        return all("worker.started" in log.read_text(errors="replace") for log in logs)

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Run a management command; returns its output. Raises Failed."""
        return run_once([sys.executable, "manage.py", *arguments], self.env, stdin=stdin)

    def cpu_seconds(self, *names: str) -> float:
        """Return the user and system time of these processes so far, in seconds."""
        return cpu_seconds(self.pids(*names))

    def pids(self, *names: str) -> list[int]:
        """Return the process ids of these."""
        return [self.supervisor.children[name].process.pid for name in names]

    def _google_options(self) -> list[str]:
        push = ["--push-endpoint", f"{self.url}/gmail/push/", "--push-service-account", PUSH_SERVICE_ACCOUNT]
        client = ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
        return ["--port", str(self._google_port), "--topic", TOPIC, "--subscription", SUBSCRIPTION, *push, *client]


def signing_key() -> str:
    """Make a key as Supabase's own command does."""
    key = ec.generate_private_key(ec.SECP256R1())
    return json.dumps({**jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True), "kid": "bench", "alg": "ES256"})
