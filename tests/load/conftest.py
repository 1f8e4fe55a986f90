"""An audience of users with sessions, and a hand that lets events happen to all of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live import Stack

_USERS = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
keys = []
for user in User.objects.bulk_create([User(username=f"user{number}", password="!") for number in range(%d)]):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    keys.append(session.session_key)
print("sessions", json.dumps(keys))
"""

_EVENTS = """
import time
from django.contrib.auth.models import User
from realtime.log import eventlog
from gmail_sync.events import MailboxCounts
everybody = list(User.objects.values_list("pk", flat=True))
for number in range(%d):
    with eventlog.atomic() as log:
        log.append(everybody, MailboxCounts(1, "INBOX", 0, number))
    time.sleep(%f)
"""


class Audience(Stack):
    """A stack whose users have a session each; nobody has a mailbox."""

    def sessions(self, count: int) -> list[str]:
        """Create so many users; returns their session keys."""
        keys: list[str] = json.loads(self.python(_USERS % count).rpartition("sessions ")[2].splitlines()[0])
        return keys

    def happen(self, times: int, pause_seconds: float = 0.0) -> None:
        """Let one event happen to every user, and again."""
        self.python(_EVENTS % (times, pause_seconds), seconds=120)


@pytest.fixture
def audience(tmp_path: Path) -> Iterator[Audience]:
    with Audience(tmp_path, webs=2, workers=0, env={"STREAM_DRAIN_SECONDS": "8"}) as stack:
        yield stack
