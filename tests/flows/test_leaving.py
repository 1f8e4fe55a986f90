"""Whoever leaves a mailbox is told nothing more of it, also if their stream was still on its way through the log."""

import re
import socket
from functools import partial

from tests.support.event_source import Frame
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import busy, query, user_id
from tests.support.live_page import Page
from tests.support.live_stream import Stream, connect_slowly
from tests.support.waiting import eventually

EVENTS = 2_000  # more than one read of the log brings
LONG_BACKLOG = f"""
from realtime.log import eventlog
from gmail_sync.events import MessageAdded
for _ in range(10):
    with eventlog.atomic() as log:
        for number in range({EVENTS // 10}):
            log.append([%d], MessageAdded(%d, {{"id": str(number), "label_ids": ["x" * 5_000]}}))
"""


def leave(stack: Stack, user: SignedIn, email: str) -> int:
    """The user disconnects the mailbox; returns its key."""
    ((key,),) = query(stack, f"SELECT id FROM gmail_sync_gmailaccount WHERE email = '{email}'")
    assert user.post(f"/accounts/{key}/disconnect/").status_code == 302
    return int(key)


def ends_it(frame: Frame) -> bool:
    """Tell whether a stream is told that it has left: a stream that reads the log at that moment is told by a reset."""
    return frame.event == "reset" or (frame.event == "account.status" and frame.payload["state"] == "disconnected")


def is_told(stream: Stream) -> bool:
    return any(map(ends_it, stream.frames))


def test_rule_02_whoever_leaves_hears_no_more_of_the_mailbox_and_the_others_do(
    shared: Stack, user: SignedIn, email: str, page: Page
) -> None:
    bob = shared.sign_in(f"colleague-of-{user.name}")
    bob.connect(email)
    with Page(bob, 0) as first, Page(bob, 1) as second:
        with busy(shared, email, seed=9):
            eventually(lambda: len(first.frames) > 5)
            old = first.frames[0].id
            key = leave(shared, bob, email)
            with bob.stream(1, old) as again:
                for stream in (first.stream, second.stream):
                    eventually(partial(is_told, stream))
                came = len(page.frames)
                eventually(lambda: len(page.frames) > came + 5)
        eventually(lambda: page.agrees(shared, email))
        for stream in (first.stream, second.stream):
            last = next(number for number, frame in enumerate(stream.frames) if ends_it(frame))
            assert not [frame for frame in stream.frames[last + 1 :] if frame.payload.get("account_id") == key]
        assert [frame.event for frame in again.frames][:2] == ["reset", "ready"]
        assert again.mail_events == []


def read_until(pattern: bytes, client: socket.socket, size: int) -> bytes:
    """Read so much at a time until this has come."""
    received = b""
    while not re.search(pattern, received):
        more = client.recv(size)
        assert more, "closed before it was told"
        received += more
    return received


def test_rule_02_a_stream_that_catches_up_brings_nothing_of_a_mailbox_that_was_left(
    shared: Stack, user: SignedIn, email: str
) -> None:
    ((key,),) = query(shared, f"SELECT id FROM gmail_sync_gmailaccount WHERE email = '{email}'")
    with connect_slowly(shared.web_ports[1], user.http.cookies["sessionid"]) as client:
        received = read_until(rb"event: ready", client, 1024)
        shared.python(LONG_BACKLOG % (user_id(shared, user.name), key))
        received += read_until(rb"event: message.added", client, 1024)
        leave(shared, user, email)  # the client has not read on: the web holds the first part of the backlog
        received += read_until(rb"event: reset\ndata: [^\n]*\n", client, 1 << 20)
    frames = re.findall(rb"event: (\S+)\ndata: ([^\n]*)", received)
    assert 0 < [event for event, _ in frames].count(b"message.added") < EVENTS
    after = frames[frames.index((b"reset", b'{"reason":"expired"}')) + 1 :]
    assert {event for event, _ in after} <= {b"ready", b"hb"}  # which may have come with it
    with user.stream() as stream:
        assert stream.mail_events == []
