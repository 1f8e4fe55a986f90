"""A PgBouncer of a test's own before a PostgreSQL, in transaction mode and with its defaults."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from launcher.environment import free_ports

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

# The settings without a default; all else is as it comes.
SETTINGS = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = trust
auth_file = {directory}/users
pool_mode = {mode}
logfile = {directory}/pgbouncer.log
"""


@contextmanager
def before(url: str, mode: str = "transaction") -> Iterator[str]:
    """Gives the address of the same database through the pooler."""
    server = urlsplit(url)
    directory = Path(tempfile.mkdtemp(prefix="finito-pgbouncer-"))
    (own_port,) = free_ports(1)
    values = {"host": server.hostname, "port": server.port, "own_port": own_port, "directory": directory, "mode": mode}
    (directory / "users").write_text(f'"{server.username}" ""\n')
    (directory / "pgbouncer.ini").write_text(SETTINGS.format(**values))
    owner = []
    if os.getuid() == 0:  # which it refuses
        owner = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        directory.chmod(0o777)
    process = subprocess.Popen([*owner, str(PGBOUNCER), "-q", str(directory / "pgbouncer.ini")])
    pooled = server._replace(netloc=f"{server.username}@127.0.0.1:{own_port}").geturl()
    try:
        _wait(pooled, process)
        yield pooled
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(directory)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.OperationalError:
            assert process.poll() is None, "PgBouncer has ended"
            assert time.monotonic() < deadline, "PgBouncer does not answer"
            time.sleep(0.1)
        else:
            return
