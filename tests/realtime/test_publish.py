"""The sender: it never raises, never blocks, and goes on when Redis is back."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from pytest_django import Settings

from realtime import eventlog, installation, publish
from tests.realtime.conftest import MakeEvents
from tests.simulator.harness import eventually

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _own_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_instance", None)
    monkeypatch.setattr(publish, "PROBE_SECONDS", (0.05, 0.05))


def layers_at(layers: Json, port: int) -> Json:
    config = layers["default"]["CONFIG"]
    host = {**config["hosts"][0], "address": f"redis://127.0.0.1:{port}/0"}
    return {"default": {**layers["default"], "CONFIG": {**config, "hosts": [host]}}}


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
    assert eventlog.head(ann.pk).seq == 200
    assert time.monotonic() - began < 200 * publish.TIMEOUT_SECONDS / 2


def test_rule_12_it_sends_again_when_redis_is_back(ann: User, happen: MakeEvents, settings: Settings) -> None:
    present = settings.CHANNEL_LAYERS
    settings.CHANNEL_LAYERS = layers_at(present, port=9)
    happen(ann)
    sender = publish._sender()
    eventually(lambda: not sender._up)
    settings.CHANNEL_LAYERS = present
    eventually(lambda: sender._up)
    with redis.Redis.from_url(settings.REDIS_URL).pubsub() as heard:  # type: ignore[no-untyped-call]
        heard.subscribe(f"finito__group__{installation.user_group(ann.pk)}")
        heard.get_message(timeout=30)
        happen(ann)
        message = heard.get_message(timeout=30)
    assert message["type"] == "message"
    assert str(eventlog.head(ann.pk)).encode() in message["data"]
