"""The listener on each way to Redis, and against what a Redis or a proxy does on it (transport/listener.py)."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
import uvloop
from pytest_django import Settings

from launcher.environment import free_ports
from launcher.run import valkey_command
from launcher.supervisor import Supervisor
from realtime.transport import installation, redis_connection, subscriber
from realtime.transport.redis_address import read
from tests.flows.relay import Relay
from tests.realtime.page import in_thread, until
from tests.realtime.transport.listener.ear import Ear, listen
from tests.realtime.transport.test_publish import layers_at, port_of
from tests.support.certificates import Authority

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

Client = redis.Redis


@pytest.fixture
def own(tmp_path: Path, settings: Settings) -> Iterator[Client]:
    """A Valkey that only this test speaks to, over TCP and a Unix socket."""
    (port,) = free_ports(1)
    supervisor, client = Supervisor(tmp_path), redis.Redis(port=port)
    command = [*valkey_command(port), "--unixsocket", str(tmp_path / "s")]
    supervisor.start("redis", command, dict(os.environ), tmp_path)
    supervisor.wait((tmp_path / "s").exists, 120, "redis did not answer")
    settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, port)
    yield client
    client.close()
    supervisor.end(["redis"], 5)


def reach(settings: Settings, url: str) -> None:
    layer = settings.CHANNEL_LAYERS["default"]
    config = {**layer["CONFIG"], "hosts": [redis_connection.options(read(url))]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}


@pytest.fixture(params=["tcp", "tls", "unix"])
def way(request: pytest.FixtureRequest, own: Client, tmp_path: Path, settings: Settings) -> Iterator[None]:
    port = own.get_connection_kwargs()["port"]
    authority = Authority(tmp_path)
    with Relay([port], tls=authority.context()) as relay:
        urls = {"tcp": f"redis://127.0.0.1:{port}/3", "unix": f"unix://{tmp_path}/s?db=3"}
        urls["tls"] = f"rediss://127.0.0.1:{relay.port}/3?ssl_ca_certs={authority.file}"
        reach(settings, urls[request.param])
        yield


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_rule_12_it_hears_on_each_way(own: Client, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        await until(lambda: ear.joined == [1])
        await ear.hears(1)
        longer_than_a_read = {"type": "hub.notice", "user_id": 1, "frames": b"x" * 3_000_000}
        await ear.say(1, longer_than_a_read)
        await until(lambda: longer_than_a_read in ear.messages)
        await in_thread(own.client_kill_filter, _type="pubsub")
        await until(lambda: ear.redis == [False, True])
        await ear.hears(1)

    listen(story, loop)


def test_rule_12_a_proxy_that_stays_open_and_silent_is_given_up(
    own: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Relay([own.get_connection_kwargs()["port"]]) as relay:
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, relay.port)

        async def story(ear: Ear) -> None:
            ear.listener.want(1)
            await until(lambda: ear.joined == [1])
            with relay.hanging(), monkeypatch.context() as impatient:
                impatient.setattr(subscriber, "ANSWER_SECONDS", 1.0)
                await until(lambda: ear.redis == [False])
                assert not ear.listener.heard_lately
            await until(lambda: ear.redis == [False, True])
            await ear.hears(1)

        listen(story)


def test_rule_12_it_follows_its_address_to_another_redis(own: Client, settings: Settings) -> None:
    old = port_of(settings.REDIS_URL)
    with Relay([old]) as relay:
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, relay.port)

        async def story(ear: Ear) -> None:
            ear.listener.want(1)
            await until(lambda: ear.joined == [1])
            relay.switch(own.get_connection_kwargs()["port"])
            with relay.dead():
                await until(lambda: ear.redis == [False])
            await until(lambda: ear.redis == [False, True])
            assert len(own.pubsub_channels("*.user.*")) == 1
            await ear.hears(1)

        listen(story)


def overflow(client: Client) -> None:
    """Redis closes the connection of a subscriber that does not read fast enough."""
    client.config_set("client-output-buffer-limit", "pubsub 100000 0 0")
    (channel,) = client.pubsub_channels("*.user.1")
    while client.pubsub_channels("*.user.1"):
        client.publish(channel, b"x" * 90_000)


def forbid(client: Client) -> None:
    client.acl_setuser("default", enabled=True, nopass=True, commands=["+@all"], keys=["*"], reset_channels=True)
    client.client_kill_filter(_type="pubsub")


def allow(client: Client) -> None:
    client.acl_setuser("default", enabled=True, nopass=True, commands=["+@all"], keys=["*"], channels=["*"])


def fill(client: Client) -> None:
    client.config_set("maxclients", 1)
    client.client_kill_filter(_type="pubsub")


def widen(client: Client) -> None:
    client.config_set("maxclients", 100)


def nothing(client: Client) -> None:
    pass


@pytest.mark.parametrize(("fail", "mend"), [(overflow, nothing), (forbid, allow), (fill, widen)])
def test_rule_12_it_is_down_until_redis_lets_it_hear(
    own: Client, fail: Callable[[Client], None], mend: Callable[[Client], None]
) -> None:
    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        ear.listener.want(2)
        await until(lambda: sorted(ear.joined) == [1, 2])
        fail(own)  # on this very loop: it reads nothing meanwhile
        await until(lambda: ear.redis[:1] == [False])
        await asyncio.sleep(0.2)
        mend(own)
        await until(lambda: ear.listener.up)
        await ear.hears(1)
        await ear.hears(2)
        assert ear.redis == [False, True]

    listen(story)


def test_rule_12_what_redis_forgets_is_nothing_that_it_needs(own: Client) -> None:
    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        await until(lambda: ear.joined == [1])
        own.flushall()
        await ear.hears(1)
        assert ear.redis == []

    listen(story)


def test_what_is_not_the_fault_of_redis_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise RuntimeError("of ours")

    async def story(ear: Ear) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(installation, "name", fail)
            await until(lambda: ear.redis == [False])
        ear.listener.want(1)
        await until(lambda: ear.redis == [False, True])
        await ear.hears(1)

    with structlog.testing.capture_logs() as lines:
        listen(story)
    assert {(line["event"], line.get("exc_info")) for line in lines} == {("task.failed", True)}
