"""A client that stops reading is closed, keeps nobody else waiting, and resumes where it was."""

import re
import socket

import pytest

from tests.flows.mailbox import eventually
from tests.flows.page import Page
from tests.live import Stack
from tests.live_clients import SignedIn

pytestmark = pytest.mark.chaos

ENV = {"STREAM_WRITE_TIMEOUT_SECONDS": "1"}
EVENTS = 200
MANY_LARGE_EVENTS = f"""
from django.contrib.auth.models import User
from realtime import eventlog
from realtime.events import MessageAdded
user = User.objects.get(username="%s")
for number in range({EVENTS}):
    with eventlog.atomic() as log:
        log.append([user.pk], MessageAdded(1, {{"id": str(number), "label_ids": ["x" * 100_000]}}))
"""


def connect(user: SignedIn, port: int) -> socket.socket:
    """A stream over a bare socket with little room."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    cookie = f"sessionid={user.http.cookies['sessionid']}"
    client.sendall(f"GET /events/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    return client


def test_it_closes_who_does_not_read_and_loses_nothing(shared: Stack, user: SignedIn) -> None:
    page = Page(user)
    with connect(user, shared.web_ports[0]) as client:
        received = client.recv(4096)
        shared.python(MANY_LARGE_EVENTS % user.name)
        eventually(lambda: len(page.frames) == EVENTS)
        eventually(lambda: "without completing response" in shared.log("web0"))
        while more := client.recv(1 << 20):
            received += more
    last = re.findall(rb"id: (\S+)\nevent: [^\n]+\ndata: [^\n]+\n\n", received)[-1].decode()
    assert last != page.frames[-1].id
    with user.stream(last_event_id=last) as stream:
        eventually(lambda: [f.id for f in stream.mail_events] == [f.id for f in page.frames if f.seq > int(last[9:])])
    page.close()
