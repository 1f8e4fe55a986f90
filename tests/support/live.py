"""Real processes for the flow tests: webs, workers, a Valkey, a database and the simulator, all of their own.

    with Stack(tmp_path, webs=2) as stack:
        ann = stack.sign_in("ann")
        ann.connect("ann@gmail.example", messages=3)
        with ann.stream(web=1) as stream:
            stack.simulator.deliver("ann@gmail.example", subject="Hello")
            stream.wait_for("message.added")

Processes are named web0, web1, worker0, redis and simulator: see kill(), stop(), start(), pause() and resume(). Start
them from the main thread: the kernel ends them when the thread that started them is gone.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Self

from launcher.environment import ROOT, free_ports, google_at
from launcher.probes import redis_answers
from launcher.run import on_loopback, procfile_command, valkey_command
from launcher.supervisor import Supervisor
from simulator.client import SimulatorClient
from tests.support.environment import ENVIRONMENT, simulator_command
from tests.support.live_clients import SignedIn
from tests.support.live_database import fresh_database, insert_users, migrated_database
from tests.support.supabase import SUPABASE_OPTIONS, Supabase, supabase_at
from tests.support.waiting import status_of

START_SECONDS = 120  # it only ends a test that would hang


class Stack:
    """`database` is None (of the run's kind), "sqlite" or the URL of a PostgreSQL database to make another one beside.
    `env` is for webs and workers, which know the Supabase of the simulator if asked to. Pushes go to web0."""

    def __init__(
        self,
        directory: Path,
        database: str | None = None,
        webs: int = 2,
        workers: int = 1,
        env: dict[str, str] | None = None,
        simulator_options: tuple[str, ...] = (),
        supabase: bool = False,
    ) -> None:
        self.directory = directory
        self.supervisor = Supervisor(directory / "log")
        redis_port, simulator_port, *self.web_ports = free_ports(2 + webs)
        self._exit = ExitStack()
        # None: of the run's kind, with its tables, once it is needed.
        self._database: AbstractContextManager[str] | None = fresh_database(database, directory) if database else None
        self.redis_url = f"redis://127.0.0.1:{redis_port}/0"
        self.simulator = SimulatorClient(f"http://127.0.0.1:{simulator_port}")
        self.supabase = Supabase(self.simulator)
        push_endpoint = f"{self.url()}/gmail/push/"
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ},
            **ENVIRONMENT,
            **google_at(self.simulator.url),
            "DJANGO_SETTINGS_MODULE": "tests.support.live_settings",
            "REDIS_URL": self.redis_url,
            "PUBSUB_PUSH_AUDIENCE": push_endpoint,
            "STREAM_DRAIN_SECONDS": "1",
            "TMPDIR": str(directory),
            **(supabase_at(self.simulator.url) if supabase else {}),
            **(env or {}),
        }
        self.environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{self.environment['PATH']}"
        self.commands = {
            "redis": valkey_command(redis_port),
            "simulator": [
                *simulator_command(simulator_port, push_endpoint),
                *("--state", str(directory / "simulator.sqlite3"), *SUPABASE_OPTIONS, *simulator_options),
            ],
        }
        for number, port in enumerate(self.web_ports):
            self.commands[f"web{number}"] = on_loopback(procfile_command("web", {"PORT": str(port)}))
        for number in range(workers):
            self.commands[f"worker{number}"] = procfile_command("worker", {})

    def url(self, web: int = 0) -> str:
        """Return the address of a web."""
        return f"http://127.0.0.1:{self.web_ports[web]}"

    def __enter__(self) -> Self:
        try:
            database = self._database or migrated_database(self.directory)
            self.environment["DATABASE_URL"] = self._exit.enter_context(database)
            for name in ("redis", "simulator"):
                self.start(name)
            if self._database:
                self.python("from django.core.management import call_command as c; c('migrate', verbosity=0)", 120)
            for name in self.commands.keys() - {"redis", "simulator"}:
                self.start(name, wait=False)
            for name in self.commands:
                self.wait_for(name)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        logs = {name: child.tail() for name, child in self.supervisor.children.items()}
        for name in self.supervisor.children:
            self.resume(name)
        back = {"redis", "simulator"}
        self.supervisor.end(self.supervisor.children.keys() - back, 13)
        self.supervisor.end(back, 3)
        self.simulator.close()
        self._exit.close()
        if error is not None:
            for name, tail in logs.items():
                print(f"--- the end of {name}.log\n{tail}", file=sys.stderr)  # noqa: T201

    # The processes.

    def start(self, name: str, wait: bool = True) -> None:
        """Start a process of the stack, again after kill() or stop(); its log begins anew."""
        directory = self.directory if name == "redis" else ROOT
        self.supervisor.start(name, self.commands[name], self.environment, directory)
        if wait:
            self.wait_for(name)

    def wait_for(self, name: str) -> None:
        """Wait until the process does its work."""
        self.supervisor.wait(self._answers(name), START_SECONDS, f"{name} did not answer")

    def kill(self, name: str) -> None:
        """Send SIGKILL: it has no chance to clean up."""
        child = self.supervisor.children.pop(name)
        child.signal(signal.SIGKILL)
        child.process.wait()

    def stop(self, name: str, seconds: float = 13) -> float:
        """Send SIGTERM; returns after how many seconds it was gone. Fails if it was not."""
        child, began = self.supervisor.children[name], time.monotonic()
        self.supervisor.end([name], seconds)
        assert child.process.returncode != -signal.SIGKILL, f"{name} did not end within {seconds} s\n{child.tail()}"
        return time.monotonic() - began

    def pause(self, name: str) -> None:
        """Let it hang: it keeps its connections and does nothing."""
        self.supervisor.children[name].signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on."""
        self.supervisor.children[name].signal(signal.SIGCONT)

    def pid(self, name: str) -> int:
        """Return its process id."""
        return self.supervisor.children[name].process.pid

    def log(self, name: str) -> str:
        """Return everything that it has written."""
        return (self.supervisor.logs / f"{name}.log").read_text(errors="replace")

    def _answers(self, name: str) -> Callable[[], bool]:
        if name == "redis":
            return lambda: redis_answers(int(self.commands["redis"][4]))
        if name == "simulator":
            return lambda: status_of(f"{self.simulator.url}/sim/health") == 200
        if name.startswith("web"):
            return lambda: status_of(f"{self.url(int(name[3:]))}/livez") == 200
        return lambda: "worker.started" in self.log(name)

    # Commands and users.

    def manage(self, *arguments: str) -> str:
        """Run a management command; returns what it wrote. Raises Failed when it does not succeed."""
        return self._run_once("manage", [sys.executable, "manage.py", *arguments])

    def python(self, code: str, seconds: float = START_SECONDS) -> str:
        """Run Python with Django set up, in the processes' environment; it must end within that time."""
        return self._run_once("python", [sys.executable, "-c", f"import django; django.setup()\n{code}"], seconds)

    def _run_once(self, name: str, command: list[str], seconds: float = START_SECONDS) -> str:
        child = self.supervisor.start(name, command, self.environment, ROOT, lasting=False)
        try:
            self.supervisor.finish(child, seconds)
        finally:
            self.supervisor.children.pop(name, None)
        return self.log(name)

    def create_users(self, *names: str, operators: bool = False) -> None:
        """Create users whose password is their name; operators may do everything in the admin."""
        insert_users(self.environment["DATABASE_URL"], names, operators)

    def sign_in(self, name: str, create: bool = True) -> SignedIn:
        """Sign the user in; returns their browser."""
        if create:
            self.create_users(name)
        return SignedIn(name, [self.url(web) for web in range(len(self.web_ports))], self.simulator)
