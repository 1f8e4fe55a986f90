"""Clients that stop reading cost little memory, are given up in time, and resume where they were."""

import math
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.load import process
from tests.load.conftest import Audience
from tests.support.live_stream import connect_slowly
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

CLIENTS, EVENTS, EVENT_BYTES = 20, 4_900, 8_200  # 40 MB for each of them, just below the limit of a replay
GROWTH_KB = 20_000
WRITE_TIMEOUT_SECONDS = 10  # the default
LONG_SECONDS = 120
FULL_SECONDS = 6  # until the kernel's own buffers are full too

LARGE_EVENTS = """
from django.contrib.auth.models import User
from realtime.log import eventlog
from gmail_sync.events import MessageAdded
everybody = list(User.objects.values_list("pk", flat=True))
for first in range(0, {count}, {at_once}):
    with eventlog.atomic() as log:
        for number in range(first, first + {at_once}):
            log.append(everybody, MessageAdded(1, {{"id": str(number), "subject": "x" * {size}}}))
"""
_EVENT = re.compile(rb"id: (\S+)\nevent: message.added\ndata: [^\n]+\n\n")


def start_of(audience: Audience, session: str) -> str:
    """The cursor before the user's first event."""
    with connect_slowly(audience.web_ports[0], session) as client:
        received = b""
        while b"event: ready" not in received:
            received += receive(client)
    return str(re.findall(rb"id: (\S+)\n", received)[-1], "ascii")


def receive(client: socket.socket) -> bytes:
    """The next bytes. Fails if the stream has ended."""
    received = client.recv(65_536)
    assert received, "the stream has ended"
    return received


def read_on(client: socket.socket) -> bytes:
    """Return what the kernel still holds of a connection that the other end has dropped."""
    received = b""
    try:
        while more := client.recv(1 << 20):
            received += more
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize("happens", ["before they come", "while they are here"])
def test_who_does_not_read_costs_little_and_is_given_up_in_time(audience: Audience, happens: str) -> None:
    keys = audience.sessions(2)
    cursors = [start_of(audience, key) for key in keys]
    at_once = 100 if happens == "before they come" else 1
    fill = LARGE_EVENTS.format(count=EVENTS, at_once=at_once, size=EVENT_BYTES)
    if at_once > 1:
        audience.python(fill, seconds=120)
    web, port, peak = audience.pid("web0"), audience.web_ports[0], 0
    eventually(lambda: not process.connections(port), LONG_SECONDS)
    before = process.own_memory_kb(web)
    clients = [connect_slowly(port, key, cursor) for key, cursor in zip(keys, cursors, strict=True) for _ in range(10)]
    eventually(lambda: process.connections(port) == CLIENTS, LONG_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        filling = pool.submit(audience.python, fill if at_once == 1 else "", seconds=120)
        deadline = math.inf
        while process.connections(port) or not filling.done():
            peak = max(peak, process.own_memory_kb(web))
            time.sleep(0.1)
            if filling.done():
                deadline = min(deadline, time.monotonic() + FULL_SECONDS + WRITE_TIMEOUT_SECONDS + 30)
            assert time.monotonic() < deadline, "they are still here"
    print(f"grown by {peak - before} KiB")  # noqa: T201
    assert peak - before < GROWTH_KB
    for client in clients:
        client.close()


def test_who_reads_on_loses_nothing(audience: Audience) -> None:
    (key,) = audience.sessions(1)
    cursor, port = start_of(audience, key), audience.web_ports[0]
    seqs: list[int] = []
    audience.python(LARGE_EVENTS.format(count=1_000, at_once=100, size=EVENT_BYTES))
    while not seqs or seqs[-1] < 1_000:
        with connect_slowly(port, key, cursor) as client:
            received = b""
            while len(received) < 2_000_000 and not is_all(received):
                received += receive(client)
            if not is_all(received):  # it reads no more, until it is given up
                eventually(lambda: not process.connections(port), LONG_SECONDS)
                received += read_on(client)
        ids = _EVENT.findall(received)
        cursor = ids[-1].decode()
        seqs += [int(text.rpartition(b"-")[2]) for text in ids]
    assert seqs == list(range(1, 1_001))


def is_all(received: bytes) -> bool:
    """Tell whether the last event has come whole."""
    return b"-1000\nevent: message.added" in received and received.endswith(b"\n\n\r\n")
