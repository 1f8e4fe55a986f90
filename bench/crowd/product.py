"""A process inside the product that makes users with real sessions, and commits events by the product's own log."""

import json
import subprocess
import sys
from typing import Any, Self

from bench.databases import INSIDE
from bench.stack import Stack
from launcher.environment import ROOT
from launcher.supervisor import Failed

# Runs as `manage.py shell -c`: one command a line, one answer a line. `at` is time.monotonic() after the commit.
_INSIDE = """
import json, sys, time
from datetime import timedelta
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from realtime.events import Event
from realtime.log import eventlog
from realtime.models import EventStream
from realtime.transport import installation

class Changed(Event):
    type = "message.changed"

    def __init__(self, user):
        self.user = user

    def payload(self):
        message = {"id": "18c2f0a1b2c3d4e5", "thread_id": "18c2f0a1b2c3d4e5", "label_ids": ["INBOX", "IMPORTANT"]}
        return {"account_id": 7, "u": self.user, "message": message, "added_label_ids": [],
                "removed_label_ids": ["UNREAD"]}

def users(count, number, name="u"):
    made = User.objects.bulk_create(
        [User(username=f"{name}{n}", password="!") for n in range(count)], batch_size=1000)
    store, sessions = SessionStore(), []
    for user in made:
        values = {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
                  HASH_SESSION_KEY: user.get_session_auth_hash()}
        key = f"{name}{user.pk:08d}".ljust(32, "x")
        sessions.append(Session(session_key=key, session_data=store.encode(values),
                                expire_date=timezone.now() + timedelta(days=1)))
    Session.objects.bulk_create(sessions, batch_size=1000)
    streams = EventStream.objects.bulk_create(
        [EventStream(user=user, last_seq=number, floor_seq=number) for user in made], batch_size=1000)
    prefix = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
    return {"users": [[u.pk, s.session_key, e.epoch] for u, s, e in zip(made, sessions, streams)],
            "channel": f"{prefix}__group__{installation.user_group('')}", "cookie": settings.SESSION_COOKIE_NAME}

def sign_in(username):
    user, key = User.objects.get(username=username), username.partition("@")[0].ljust(32, "x")
    values = {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
              HASH_SESSION_KEY: user.get_session_auth_hash()}
    Session.objects.create(session_key=key, session_data=SessionStore().encode(values),
                           expire_date=timezone.now() + timedelta(days=1))
    return {"cookie": settings.SESSION_COOKIE_NAME, "key": key}

def commit(users, events=1, together=True):
    began, at = time.monotonic(), []
    for some in [users] if together else [[user] for user in users]:
        with eventlog.atomic() as log:
            for _ in range(events):
                for user in some:
                    log.append([user], Changed(user))
        at.append(time.monotonic())
    return {"began": began, "at": at}

def paced(users, gap):
    began, at = time.monotonic(), []
    for turn, user in enumerate(users):
        time.sleep(max(0, began + turn * gap - time.monotonic()))
        at += commit([user])["at"]
    return {"at": at}

for line in sys.stdin:
    asked = json.loads(line)
    commands = {"users": users, "sign_in": sign_in, "commit": commit, "paced": paced}
    print(json.dumps(commands[asked.pop("do")](**asked)), flush=True)
"""


class Product:
    """The running process; one command at a time."""

    def __init__(self, stack: Stack) -> None:
        words = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", _INSIDE]
        env = {**stack.env, "PGAPPNAME": INSIDE}
        self._log = (stack.directory / "product.log").open("w")
        self._process = subprocess.Popen(
            words, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def ask(self, do: str, **what: object) -> dict[str, Any]:
        """Have it do something and return the answer. Raises Failed with what it said last."""
        self.begin(do, **what)
        return self.answer()

    def begin(self, do: str, **what: object) -> None:
        """Have it do something without waiting for the answer, which must be taken later."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Return the answer to what was begun."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            with open(self._log.name) as log:
                raise Failed(f"the process inside the product ended:\n{log.read()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer
