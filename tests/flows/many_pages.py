"""Many pages without a browser, of the modules that a browser gets (tests/clients/pages.mjs), and events for all of
them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from launcher.environment import ROOT
from tests.clients.programs import Program
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

COMMITTING = """
import itertools, signal, sys, threading
from django.contrib.auth.models import User
from gmail_sync.events import MailboxCounts
from realtime.log import eventlog
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
names = sys.argv[1:] or User.objects.values_list("username", flat=True)
users = [User.objects.get(username=name).pk for name in names]
for number in itertools.count():
    with eventlog.atomic() as log:
        log.append(users, MailboxCounts(1, "INBOX", 0, number))
    if over.wait(%f):
        break
"""


class Pages:
    """So many pages of each user, divided among the webs."""

    def __init__(self, program: Program, users: list[SignedIn], each: int) -> None:
        self._program = program
        self._users = users
        self._start = {user.name: head_of(user) for user in users}
        self.names = [f"{user.name}.{number}" for user in users for number in range(each)]
        for number, name in enumerate(self.names):
            user = self._user(name)
            cookie = "; ".join(f"{key}={value}" for key, value in user.http.cookies.items())
            web = user.urls[number % len(user.urls)]
            program.obey("open", page={"name": name, "web": web, "cookie": cookie, "cursor": self._start[user.name]})

    def streams(self) -> int:
        """Count the streams that are open."""
        return int(self._answer("streams")["open"])

    def reload(self, names: list[str]) -> None:
        """Have these begin anew, where they are."""
        for name in names:
            self._program.obey("reload", name=name)

    def have_all(self) -> list[int]:
        """Wait until each page has had each event, and see that it was once and in order, without a reset.

        Returns after how many milliseconds each came.
        """
        heads = {user.name: head_of(user) for user in self._users}
        at_head = {name: heads[self._user(name).name] for name in self.names}
        eventually(lambda: self._answer("cursors")["pages"] == at_head, 120)
        told = self._answer("events")["pages"]
        for name, page in told.items():
            assert page["resets"] == []
            assert [id_ for id_, _ in page["events"]] == between(self._start[self._user(name).name], at_head[name])
        return [late for page in told.values() for _, late in page["events"]]

    def _user(self, name: str) -> SignedIn:
        return next(user for user in self._users if user.name == name.partition(".")[0])

    def _answer(self, do: str) -> dict[str, Any]:
        so_far = sum(line["what"] == do for line in self._program.told)
        self._program.obey(do)
        return self._program.wait_for(do, so_far + 1)[-1]


def head_of(user: SignedIn) -> str:
    """Return the newest id of the user's events."""
    return str(user.get("/messages/").json()["cursor"])


def between(start: str, head: str) -> list[str]:
    """Return the ids after the one up to the other."""
    epoch, _, first = start.partition("-")
    return [f"{epoch}-{number}" for number in range(int(first) + 1, int(head.partition("-")[2]) + 1)]


@contextmanager
def committing(stack: Stack, a_second: float, *names: str, **env: str) -> Iterator[None]:
    """Meanwhile a process commits so many events a second, each one for all of these users, or for everybody; its
    environment is the stack's with `env`."""
    process = "-".join(["committing", *names])
    code = f"import django; django.setup()\n{COMMITTING % (1 / a_second)}"
    command = [sys.executable, "-c", code, *names]
    stack.supervisor.start(process, command, {**stack.environment, **env}, ROOT, lasting=False)
    yield
    stack.stop(process)
