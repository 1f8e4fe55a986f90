"""The listener hears again after any break, and calls Redis down only when it is (transport/listener.py)."""

import asyncio
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from pytest_django import Settings

from launcher.environment import free_ports
from launcher.probes import redis_answers
from launcher.run import valkey_command
from launcher.supervisor import Supervisor
from realtime.transport import groups, subscriber
from realtime.transport.subscriber import Subscriber
from tests.flows.relay import Relay
from tests.realtime.page import joined, until
from tests.realtime.transport.listener.ear import Ear, listen
from tests.realtime.transport.test_publish import layers_at, port_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


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
    """Nothing else could tell: silence and a missing answer are believed for longer than the test lasts."""
    monkeypatch.setattr(subscriber, "IDLE_SECONDS", 1_000)
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
    monkeypatch.setattr(subscriber, "ANSWER_SECONDS", 4 * seconds + 3)
    monkeypatch.setattr(groups, "JOIN_SECONDS", 4 * seconds + 9)
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
    supervisor.wait(lambda: redis_answers(port), 120, "redis did not answer")
    settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, port)
    yield supervisor
    supervisor.children["redis"].signal(signal.SIGCONT)
    supervisor.end(["redis"], 5)


def test_rule_12_a_killed_redis_is_down_until_all_groups_are_joined_again(
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
def test_rule_12_it_goes_down_once_while_redis_hangs(own_redis: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        ear.listener.want(2)
        await until(lambda: sorted(ear.joined) == [1, 2])
        own_redis.children["redis"].signal(signal.SIGSTOP)
        with monkeypatch.context() as impatient:
            impatient.setattr(subscriber, "ANSWER_SECONDS", 1.0)
            await until(lambda: ear.redis == [False])
            await asyncio.sleep(3)
        own_redis.children["redis"].signal(signal.SIGCONT)
        await until(lambda: ear.listener.up)
        await ear.hears(1)
        await ear.hears(2)
        assert ear.redis == [False, True]

    listen(story)


def test_rule_12_it_is_up_again_when_all_groups_are(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe, may_join = Subscriber.subscribe, asyncio.Event()

    def all_but_one(self: Subscriber, channels: Iterable[bytes]) -> None:
        subscribe(self, [channel for channel in channels if may_join.is_set() or not channel.endswith(b".7")])

    async def story(ear: Ear) -> None:
        for user_id in range(1, 9):
            ear.listener.want(user_id)
        await until(lambda: len(ear.joined) == 8)
        monkeypatch.setattr(groups, "JOIN_SECONDS", 1.0)  # then all are asked for again
        monkeypatch.setattr(Subscriber, "subscribe", all_but_one)
        ear.listener.renew()
        await until(lambda: ear.redis == [False] and len(joined(ear.listener)) > 0)
        await asyncio.sleep(0.1)
        assert ear.redis == [False]
        may_join.set()
        await until(lambda: ear.redis == [False, True])
        assert joined(ear.listener) >= set(range(1, 9))

    listen(story)


def test_rule_12_who_joins_meanwhile_does_not_put_that_off(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe, asked = Subscriber.subscribe, list[tuple[Subscriber, list[bytes]]]()

    async def story(ear: Ear) -> None:
        ear.listener.want(1)
        await until(lambda: ear.joined == [1])
        monkeypatch.setattr(Subscriber, "subscribe", lambda *arguments: asked.append((arguments[0], [*arguments[1]])))
        ear.listener.renew()
        await until(lambda: ear.redis == [False] and asked)
        ear.listener.want(7)
        await until(lambda: len(asked) == 2)
        subscribe(*asked[0])
        await until(lambda: ear.redis == [False, True])
        assert ear.joined == [1, 1]

    listen(story)
