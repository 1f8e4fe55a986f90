"""The ear on Redis: what counts as heard, and what an untimely leave, join, break or stop may not do."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubLoopLayer
from django.conf import settings
from pytest_django import Settings

from launcher.environment import free_ports
from launcher.probes import redis_answers
from launcher.run import valkey_command
from launcher.supervisor import Supervisor
from realtime.transport import groups, installation, listener
from realtime.transport.listener import Listener
from realtime.transport.outlet import Outlet
from tests.flows.relay import Relay
from tests.realtime.page import in_thread, joined, until
from tests.realtime.transport.test_publish import layers_at, port_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "ROUND_SECONDS", 0.02)
    monkeypatch.setattr(listener, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(groups, "ECHO_SECONDS", 1.0)
    monkeypatch.setattr(groups, "JOIN_SECONDS", 1.0)


class Ear:
    """A listener, and all that it reported."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.joined: list[int] = []
        self.redis: list[bool] = []
        self.listener = Listener(self.messages.append, self.joined.append, self.redis.append)

    async def hears(self, user_id: int) -> None:
        """Say something in the user's group until it is heard."""
        group = await in_thread(installation.user_group, user_id)

        async def speak() -> None:
            while True:
                with suppress(redis.ConnectionError):
                    await get_channel_layer().group_send(group, {"type": "hub.auth", "user_id": user_id})
                await asyncio.sleep(0.05)

        self.messages.clear()
        speaking = asyncio.create_task(speak())
        await until(lambda: {"type": "hub.auth", "user_id": user_id} in self.messages, "it was not heard")
        speaking.cancel()


def listen(story: Callable[[Ear], Awaitable[None]]) -> None:
    async def run() -> None:
        ear = Ear()
        ear.listener.start()
        try:
            await story(ear)
        finally:
            await ear.listener.stop()

    asyncio.run(run())


def test_rule_12_it_joins_each_group_once_and_hears_it() -> None:
    async def story(ear: Ear) -> None:
        for user_id in range(1, 30):
            ear.listener.want(user_id)
        await until(lambda: len(ear.joined) == 29)
        await ear.hears(17)
        assert sorted(ear.joined) == list(range(1, 30))
        assert ear.redis == []

    listen(story)


def test_rule_12_a_group_counts_as_joined_only_after_its_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def remember_but_do_not_subscribe(self: object, group: str, channel: str) -> None:
        asked.append(group)

    async def story(ear: Ear) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(RedisPubSubLoopLayer, "group_add", remember_but_do_not_subscribe)
            ear.listener.want(1)
            await until(lambda: len(asked) >= 2, "it did not ask again")
            assert ear.joined == []
        await until(lambda: ear.joined == [1])
        await ear.hears(1)

    listen(story)


def test_rule_12_who_comes_back_while_another_leaves_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    discard = RedisPubSubLoopLayer.group_discard
    monkeypatch.setattr(groups, "LEAVE_AFTER_SECONDS", 0)

    async def story(ear: Ear) -> None:
        async def discard_and_want(layer: object, group: str, channel: str) -> None:
            ear.listener.want(1)
            ear.listener.want(2)
            await discard(layer, group, channel)

        ear.listener.want(1)
        ear.listener.want(2)
        await until(lambda: sorted(ear.joined) == [1, 2])
        monkeypatch.setattr(RedisPubSubLoopLayer, "group_discard", discard_and_want)
        ear.listener.unwant(1)
        ear.listener.unwant(2)
        await until(lambda: sorted(ear.joined) in ([1, 1, 2], [1, 2, 2]), "nobody left and came back")
        await ear.hears(1)
        await ear.hears(2)
        assert ear.redis == []

    listen(story)


def test_rule_12_who_is_back_within_the_minute_was_never_away() -> None:
    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        await until(lambda: ear.joined == [1])
        ear.listener.unwant(1)
        ear.listener.want(1)
        await ear.hears(1)
        assert ear.joined == [1]

    listen(story)


def test_it_leaves_the_groups_of_those_who_stay_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "LEAVE_AFTER_SECONDS", 0)
    connection = redis.Redis.from_url(settings.REDIS_URL)

    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        await until(lambda: ear.joined == [1])
        assert len(connection.pubsub_channels("*.user.*")) == 1
        ear.listener.unwant(1)
        await until(lambda: connection.pubsub_channels("*.user.*") == [])

    listen(story)


@pytest.mark.parametrize("kind", ["pubsub", "normal"])
def test_rule_12_it_hears_again_after_its_connections_broke(kind: str) -> None:
    connection = redis.Redis.from_url(settings.REDIS_URL)

    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        ear.listener.want(2)
        await until(lambda: sorted(ear.joined) == [1, 2])
        connection.client_kill_filter(_type=kind)
        await ear.hears(1)
        await ear.hears(2)

    listen(story)


def test_rule_12_the_end_of_its_connection_is_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else could tell: silence and a missing echo are believed for longer than the test lasts."""
    monkeypatch.setattr(listener, "IDLE_SECONDS", 1_000)
    monkeypatch.setattr(groups, "ECHO_SECONDS", 1_000)
    connection = redis.Redis.from_url(settings.REDIS_URL)

    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        await until(lambda: ear.joined == [1])
        for times in range(1, 4):
            connection.client_kill_filter(_type="pubsub")
            await until(lambda times=times: ear.redis == [False, True] * times, "it was not told")  # type: ignore[misc]
        assert ear.joined == [1] * 4

    listen(story)


@pytest.mark.parametrize("seconds", [0.26, 0.6, pytest.param(2.0, marks=pytest.mark.chaos)])
def test_rule_12_a_slow_redis_is_not_down(seconds: float, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "ECHO_SECONDS", 3.0)
    monkeypatch.setattr(groups, "JOIN_SECONDS", 9.0)
    with Relay([port_of(settings.REDIS_URL)]) as relay:
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, relay.port)
        relay.delay_seconds = seconds

        async def story(ear: Ear) -> None:
            for user_id in range(1, 41):
                ear.listener.want(user_id)
            await until(lambda: len(ear.joined) == 40, "they did not all join")
            await asyncio.sleep(4 * seconds)
            assert ear.redis == []

        listen(story)


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[Supervisor]:
    """A Valkey that only this test speaks to."""
    (port,) = free_ports(1)
    supervisor = Supervisor(tmp_path)
    supervisor.start("redis", valkey_command(port), dict(os.environ), tmp_path)
    supervisor.wait(lambda: redis_answers(port), 30, "redis did not answer")
    settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, port)
    yield supervisor
    supervisor.children["redis"].signal(signal.SIGCONT)
    supervisor.end(["redis"], 5)


def test_rule_12_a_long_rejoin_is_not_mistaken_for_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first echo of a group may overtake its subscription, since the two take different connections."""
    group_add, send, overtaken = RedisPubSubLoopLayer.group_add, Outlet.send, set[str]()

    async def join_slowly(layer: object, group: str, channel: str) -> None:
        await asyncio.sleep(0.06)
        await group_add(layer, group, channel)

    async def lose_the_first(outlet: Outlet, messages: Iterable[tuple[str, dict[str, Any]]]) -> None:
        said = list(messages)
        await send(outlet, [(group, message) for group, message in said if group in overtaken])
        overtaken.update(group for group, _ in said)

    monkeypatch.setattr(RedisPubSubLoopLayer, "group_add", join_slowly)
    monkeypatch.setattr(Outlet, "send", lose_the_first)

    async def story(ear: Ear) -> None:
        for user_id in range(1, 41):  # 40 times 60 ms are more than the echo may take
            ear.listener.want(user_id)
        await until(lambda: len(ear.joined) == 40)
        assert ear.redis == []

    listen(story)


def test_rule_12_it_is_up_again_when_all_groups_are(monkeypatch: pytest.MonkeyPatch) -> None:
    group_add, may_join = RedisPubSubLoopLayer.group_add, asyncio.Event()

    async def join_later(layer: object, group: str, channel: str) -> None:
        if may_join.is_set() or not group.endswith(".7"):
            await group_add(layer, group, channel)

    async def story(ear: Ear) -> None:
        for user_id in range(1, 9):
            ear.listener.want(user_id)
        await until(lambda: len(ear.joined) == 8)
        monkeypatch.setattr(RedisPubSubLoopLayer, "group_add", join_later)
        ear.listener.renew()
        await until(lambda: ear.redis == [False] and len(joined(ear.listener)) > 0)
        await asyncio.sleep(0.1)
        assert ear.redis == [False]
        may_join.set()
        await until(lambda: ear.redis == [False, True])
        assert joined(ear.listener) >= set(range(1, 9))

    listen(story)


def test_rule_12_a_killed_redis_is_down_until_all_groups_echo_again(
    own_redis: Supervisor, tmp_path: Path, settings: Settings
) -> None:
    (port,) = {urlsplit(host["address"]).port for host in settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]}

    async def story(ear: Ear) -> None:
        for user_id in (1, 2, 3):
            ear.listener.want(user_id)
        await until(lambda: len(ear.joined) == 3)
        own_redis.children.pop("redis").process.kill()
        await until(lambda: ear.redis == [False])
        own_redis.start("redis", valkey_command(port), dict(os.environ), tmp_path)
        await until(lambda: ear.redis == [False, True])
        assert sorted(ear.joined) == [1, 1, 2, 2, 3, 3]

    listen(story)


@pytest.mark.chaos
def test_rule_12_it_goes_down_once_while_redis_hangs(own_redis: Supervisor) -> None:
    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        ear.listener.want(2)
        await until(lambda: sorted(ear.joined) == [1, 2])
        own_redis.children["redis"].signal(signal.SIGSTOP)
        await until(lambda: ear.redis == [False])
        await asyncio.sleep(3)
        own_redis.children["redis"].signal(signal.SIGCONT)
        await until(lambda: ear.listener.up)
        await ear.hears(1)
        await ear.hears(2)
        assert ear.redis == [False, True]

    listen(story)


def test_rule_17_it_stops_whatever_it_is_doing() -> None:
    async def run() -> None:
        for moment in range(60):
            ear = Ear()
            ear.listener.start()
            ear.listener.want(1)
            for _ in range(moment):
                await asyncio.sleep(0)
            async with asyncio.timeout(30):
                await ear.listener.stop()
            tasks = (ear.listener._reconciler, ear.listener._receiver)
            assert all(task.done() for task in tasks if task)

    asyncio.run(run())
