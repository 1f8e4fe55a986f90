"""Whoever commits has told Supabase before it ends: many threads, a command that is over at once, a forked child."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connections

from launcher.environment import ROOT
from realtime.transport.supabase import relay
from tests.realtime.conftest import MakeEvents
from tests.realtime.transport.supabase.conftest import Hear, secrets_of, told
from tests.support.supabase import Supabase, supabase_at
from tests.support.waiting import eventually

ENDS_AT_ONCE = """
import django; django.setup()
from realtime.log import eventlog
from realtime.transport import sender
from realtime.transport.supabase import broadcast
from tests.realtime.happened import Happened
# The machine may have other work.
sender.LAST_WORDS_SECONDS = broadcast.FIRST_SECONDS = broadcast.SECONDS = 40.0
with eventlog.atomic() as log:
    log.append([{user_id}], Happened(number=1))
"""
FORKS = (
    ENDS_AT_ONCE
    + """
import os, sys
from django.db import connections
connections.close_all()
if os.fork() == 0:
    with eventlog.atomic() as log:
        log.append([{user_id}], Happened(number=2))
    sys.exit()
os.wait()
"""
)


@pytest.mark.parametrize(("program", "last"), [(ENDS_AT_ONCE, 1), (FORKS, 2)])
def test_rule_23_a_process_that_ends_at_once_has_sent_what_it_said(
    there: Supabase, ann: User, hear: Hear, program: str, last: int
) -> None:
    hear(ann)
    command = [sys.executable, "-c", program.format(user_id=ann.pk)]
    subprocess.run(command, check=True, timeout=120, env=environment_of(there), cwd=ROOT)
    assert max(last for _, last in told(there)) == last


def environment_of(there: Supabase) -> dict[str, str]:
    """The variables of a process that has our database, and the project."""
    database = connections["default"].settings_dict
    url = f"sqlite:///{database['NAME']}" if database["ENGINE"].endswith("sqlite3") else postgres(database)
    there_too = supabase_at(there.url.replace("127.0.0.1", "localhost"))
    return {**os.environ, **there_too, "SUPABASE_PAYLOAD": "plain", "DATABASE_URL": url}


def postgres(database: dict[str, str]) -> str:
    return (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )


def test_many_threads_commit_and_every_number_is_told(
    there: Supabase, users: list[User], hear: Hear, happen: MakeEvents
) -> None:
    hear(*users[:3])
    assert all(secrets_of(users[:3]))

    def commit(number: int) -> None:
        happen(*users[:3], first=number)
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(commit, range(40)))
    eventually(lambda: [post["payload"]["last"] for post in there.posts()].count(40) >= 3)
    for secret in secrets_of(users[:3]):
        said = {
            n for p in there.posts(relay.topic(secret)) for n in range(p["payload"]["first"], p["payload"]["last"] + 1)
        }
        assert said == set(range(1, 41))
