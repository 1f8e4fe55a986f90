"""What goes over Redis is Channels' own wire: its consumers hear us, and its layer is heard (transport/wire.py)."""

import asyncio
from typing import Any

import pytest
from channels.consumer import AsyncConsumer
from channels.layers import get_channel_layer
from channels.testing import ApplicationCommunicator
from channels_redis.pubsub import RedisPubSubChannelLayer
from pytest_django import Settings

from realtime.stream.hub import Hub
from realtime.transport import installation, publish, sender, wire
from tests.realtime.page import in_thread, until
from tests.realtime.transport.listener.ear import Ear, listen

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


class StockConsumer(AsyncConsumer):  # type: ignore[misc]
    """As Channels' manual writes them."""

    async def join(self, message: dict[str, Any]) -> None:
        await self.channel_layer.group_add(message["group"], self.channel_name)
        await self.channel_layer.group_send(message["group"], {"type": "joined"})

    async def joined(self, message: dict[str, Any]) -> None:
        await self.send(message)

    async def hub_notice(self, message: dict[str, Any]) -> None:
        await self.send(message)


@pytest.fixture(params=[None, ["a key"]], ids=["plain", "encrypted"])
def keys(request: pytest.FixtureRequest, settings: Settings) -> list[str] | None:
    layer = settings.CHANNEL_LAYERS["default"]
    config = {**layer["CONFIG"], "prefix": "another", "symmetric_encryption_keys": request.param}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}
    return request.param  # type: ignore[no-any-return]


@pytest.mark.usefixtures("keys")
def test_a_consumer_of_channels_hears_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sender._senders, "publish", raising=False)
    notice = publish.Notice(7, "epoch", 1, 2, b"id: epoch-2\n\n")

    async def story() -> None:
        stock = ApplicationCommunicator(StockConsumer.as_asgi(), {"type": "test"})
        await stock.send_input({"type": "join", "group": await in_thread(installation.user_group, 7)})
        assert await stock.receive_output(timeout=30) == {"type": "joined"}
        publish.announce([notice])
        message = await stock.receive_output(timeout=30)
        assert publish.Notice.of(message) == notice._replace(committed_at=message["committed_at"])
        await get_channel_layer().flush()

    asyncio.run(story())


def test_we_hear_the_layer_of_channels(keys: list[str] | None, settings: Settings) -> None:
    hosts = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]

    async def story(ear: Ear) -> None:
        ear.listener.want(7)
        await until(lambda: ear.joined == [7])
        stock = RedisPubSubChannelLayer(hosts=hosts, prefix="another", symmetric_encryption_keys=keys)
        message = {"type": "hub.notice", "user_id": 7, "frames": b"bytes", "of a newer release": [1, {"a": None}]}
        await stock.group_send(installation.user_group(7), message)
        await until(lambda: message in ear.messages)
        await stock.flush()

    listen(story)


def test_the_echo_of_an_older_release_is_nothing_to_us() -> None:
    """During a deploy: it sends them to itself through the groups of its users."""

    async def story(ear: Ear) -> None:
        ear.listener.want(7)
        await until(lambda: ear.joined == [7])
        echo = {"type": "hub.echo", "channel": "finitospecific.1", "user_id": 7}
        await ear.say(7, echo)
        await until(lambda: echo in ear.messages)
        Hub().on_message(echo)
        assert ear.joined == [7]

    listen(story)


def test_it_takes_names_and_bytes_that_this_channels_redis_has() -> None:
    async def story() -> None:
        assert wire.naming()("a.b") == "finito__group__a.b"
        assert wire.reading()(wire.writing()({"type": "x", "frames": b"\xff"})) == {"type": "x", "frames": b"\xff"}
        assert wire.host()["connection_class"]

    asyncio.run(story())
