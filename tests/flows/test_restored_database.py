"""The database is restored to an earlier point in time under open streams: they are told, and go on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import postgres
from launcher.environment import free_ports
from tests.support.environment import STRICT
from tests.support.event_source import Frame
from tests.support.live import Stack
from tests.support.live_stream import Stream
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

BINARIES = postgres.binaries() or Path("/usr/lib/postgresql")  # which is not there without a server
WHILE_RESTORED = """
from django.contrib.auth.models import User
from realtime.log import eventlog
from gmail_sync.events import MailboxCounts
for number in range(%d):
    with eventlog.atomic() as log:
        log.append([User.objects.get(username="ann").pk], MailboxCounts(1, "INBOX", 0, number))
"""

TIMELINE = "from realtime.models import Installation; print(Installation.objects.get().timeline)"


class Cluster:
    """A PostgreSQL server of its own, which can be copied and restored."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="finito-restore-"))
        self.data, self.copy = self.directory / "data", self.directory / "copy"
        (self.port,) = free_ports(1)
        self.owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres")
        else:
            self.owner = []

    @property
    def url(self) -> str:
        return f"postgres://finito@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        self._run("initdb", "-D", self.data, "-U", "finito", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "-D", self.data, "-w", "-s", "-l", self.directory / "log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-s", "-m", "fast", "stop")

    def back_up(self) -> None:
        """Copy it as it is now."""
        self.stop()
        self._command("cp", "-a", self.data, self.copy)
        self.start()

    def restore(self) -> None:
        """Go back to the copy, as point-in-time recovery does: on a new timeline."""
        self.stop()
        shutil.rmtree(self.data)
        self._command("cp", "-a", self.copy, self.data)
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write("restore_command = '/bin/false'\n")
        self._command("touch", self.data / "recovery.signal")
        self.start()

    def _run(self, program: str, *arguments: object) -> None:
        self._command(BINARIES / program, *arguments)

    def _command(self, *words: object) -> None:
        subprocess.run([*self.owner, *map(str, words)], check=True, cwd=self.directory, stdout=subprocess.DEVNULL)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    if not BINARIES.is_dir():
        (pytest.fail if STRICT else pytest.skip)("needs PostgreSQL's server: apt-get install postgresql")
    cluster = Cluster()
    try:
        cluster.create()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(cluster.directory)


def test_rule_07_a_restored_database_resets_who_listened_before(cluster: Cluster, tmp_path: Path) -> None:
    with Stack(tmp_path, database=cluster.url, webs=2, workers=0) as stack:
        ann = stack.sign_in("ann")
        with ann.stream() as stream:
            stack.python(WHILE_RESTORED % 5)
            stream.wait_for("mailbox.counts", count=5)
        eventually(lambda: "/" in stack.python(TIMELINE))  # a web has noted it
        cluster.back_up()
        eventually(lambda: ann.get("/livez").status_code == 200)
        with ann.stream(web=0) as first, ann.stream(web=1) as second:
            stack.python(WHILE_RESTORED % 5)
            for stream in (first, second):
                stream.wait_for("mailbox.counts", count=5)
            cluster.restore()
            # At once it passes the old head again: only the timeline tells that these are other events.
            stack.python(WHILE_RESTORED % 10)
            for stream in (first, second):
                assert stream.wait_for("reset").payload == {"reason": "epoch"}
            eventually(lambda: epoch(last_reset(first)) == epoch(last_reset(second)))  # both webs have looked
            reset = last_reset(first)
            stack.python(WHILE_RESTORED % 1)
            for stream in (first, second):
                last = stream.wait_for("mailbox.counts", where=lambda frame: epoch(frame) == epoch(reset))
                assert last.seq == last_reset(stream).seq + 1


def last_reset(stream: Stream) -> Frame:
    return [frame for frame in stream.frames if frame.event == "reset"][-1]


def epoch(frame: Frame) -> str:
    return frame.id.partition("-")[0]
