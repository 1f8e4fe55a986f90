"""The listener hears each group that is wanted, whoever leaves, joins or stops meanwhile (transport/listener.py)."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
import redis
from channels_redis.pubsub import RedisPubSubLoopLayer
from django.conf import settings

from realtime.transport import groups
from realtime.transport.outlet import Outlet
from tests.realtime.page import joined, until
from tests.realtime.transport.listener.ear import Ear, listen

pytestmark = pytest.mark.django_db(transaction=True)


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
