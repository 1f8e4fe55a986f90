"""The sender: it never raises, never blocks, and goes on when Redis is back."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urlsplit

import msgpack
import pytest
import redis
import structlog
from django.contrib.auth.models import User
from pytest_django import Settings

from realtime.log import reading
from realtime.transport import installation, publish, sender
from tests.flows.relay import Relay
from tests.realtime.conftest import MakeEvents
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _own_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sender._senders, "publish", raising=False)
    monkeypatch.setattr(publish, "PROBE_SECONDS", (0.05, 0.05))


def layers_at(layers: Json, port: int) -> Json:
    config = layers["default"]["CONFIG"]
    host = {**config["hosts"][0], "address": f"redis://127.0.0.1:{port}/0"}
    return {"default": {**layers["default"], "CONFIG": {**config, "hosts": [host]}}}


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port
    return port


@pytest.fixture(params=["refuses", "says nothing"])
def away(request: pytest.FixtureRequest, settings: Settings) -> Iterator[None]:
    """Redis refuses connections, or takes them and does not answer."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param == "says nothing":
            server.listen()
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, server.getsockname()[1])
        yield


@pytest.mark.usefixtures("away")
def test_rule_12_a_change_neither_fails_nor_waits_without_redis(ann: User, happen: MakeEvents) -> None:
    began = time.monotonic()
    for _ in range(200):
        happen(ann)
    assert reading.head(ann.pk).seq == 200
    assert time.monotonic() - began < 200 * publish.TIMEOUT_SECONDS / 2


def test_rule_12_who_was_skipped_is_woken_up_when_redis_is_back(
    ann: User, bob: User, happen: MakeEvents, settings: Settings
) -> None:
    present = settings.CHANNEL_LAYERS
    settings.CHANNEL_LAYERS = layers_at(present, port=9)
    with Heard(settings.REDIS_URL, ann, bob) as heard:
        happen(ann, bob, count=2)
        eventually(lambda: not sender._senders["publish"]._up)
        happen(ann, bob, first=3)
        settings.CHANNEL_LAYERS = present
        for user in (ann, bob):
            assert heard.next_of(user) == {"first": 3, "last": 3, "frames": b""}
        happen(ann, first=4)
        live = heard.next_of(ann)
        assert (live["first"], live["last"]) == (4, 4)
        assert str(reading.head(ann.pk)).encode() in live["frames"]


@pytest.mark.parametrize("seconds", [0.26, 0.6, pytest.param(2.0, marks=pytest.mark.chaos)])
def test_a_slow_redis_costs_time_and_nothing_else(
    ann: User, happen: MakeEvents, settings: Settings, seconds: float, capfd: pytest.CaptureFixture[str]
) -> None:
    with Heard(settings.REDIS_URL, ann) as heard, Relay([port_of(settings.REDIS_URL)]) as relay:
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, relay.port)
        relay.delay_seconds = seconds
        for number in range(1, 31):
            happen(ann, first=number)
            time.sleep(seconds / 20)  # as mail comes: some while an answer is awaited, some later
        notices = [heard.next_of(ann) for _ in range(30)]
    assert [notice["first"] for notice in notices] == list(range(1, 31))
    assert all(notice["frames"] for notice in notices)
    assert "publish." not in capfd.readouterr().err


def test_it_holds_a_bounded_backlog_while_it_waits(
    ann: User, happen: MakeEvents, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "BACKLOG_BYTES", 10_000)
    with Heard(settings.REDIS_URL, ann) as heard, Relay([port_of(settings.REDIS_URL)]) as relay:
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, relay.port)
        happen(ann)
        assert heard.next_of(ann)["last"] == 1
        with relay.hanging():
            for number in range(2, 101):
                happen(ann, first=number)
            assert sender._senders["publish"].way.queue.bytes <= 10_000
        while (last := heard.next_of(ann)["last"]) < 100:
            pass
    assert last == 100


def test_rule_12_its_lines_are_nobodys_request(ann: User, happen: MakeEvents, settings: Settings) -> None:
    settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, port=9)
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        with structlog.contextvars.bound_contextvars(request_id="of-this-request", account=7):
            happen(ann)
        eventually(lambda: [line for line in lines if line["event"] == "publish.failed"])
    assert not [
        line for line in lines if line["event"].startswith("publish.") and line.keys() & {"request_id", "account"}
    ]


SAYS_ONE_THING = """
import django; django.setup()
from realtime.transport import publish
publish.send_soon("last-words", {"type": "hub.news"})
"""


def test_a_process_that_ends_at_once_has_sent_what_it_said(settings: Settings) -> None:
    with redis.Redis.from_url(settings.REDIS_URL).pubsub() as heard:  # type: ignore[no-untyped-call]
        heard.subscribe("finito__group__last-words")
        assert heard.get_message(timeout=30)["type"] == "subscribe"
        subprocess.run([sys.executable, "-c", SAYS_ONE_THING], check=True, timeout=60)
        assert msgpack.unpackb(heard.get_message(timeout=30)["data"])["type"] == "hub.news"


class Heard:
    """What Redis carries to the groups of these users."""

    def __init__(self, redis_url: str, *users: User) -> None:
        self._pubsub = redis.Redis.from_url(redis_url).pubsub()  # type: ignore[no-untyped-call]
        self._channels = {user: f"finito__group__{installation.user_group(user.pk)}".encode() for user in users}
        self._messages: dict[bytes, list[Json]] = {channel: [] for channel in self._channels.values()}

    def __enter__(self) -> Self:
        self._pubsub.subscribe(*self._channels.values())
        for _ in self._channels:
            assert self._pubsub.get_message(timeout=30)["type"] == "subscribe"
        return self

    def __exit__(self, *_: object) -> None:
        self._pubsub.close()

    def next_of(self, user: User) -> Json:
        """The next notice to the user's group: which events it speaks of, and their bytes."""
        while not self._messages[self._channels[user]]:
            received = self._pubsub.get_message(timeout=30)
            assert received is not None, f"nothing came for {user}"
            message = msgpack.unpackb(received["data"])
            if message["type"] == "hub.notice":
                notice = {name: message[name] for name in ("first", "last", "frames")}
                self._messages[received["channel"]].append(notice)
        return self._messages[self._channels[user]].pop(0)
