"""The listener hears each group that is wanted, whoever leaves, joins or stops meanwhile (transport/listener.py)."""

import asyncio
from collections.abc import Iterable

import pytest
import redis
from django.conf import settings
from pytest_django import Settings

from realtime.transport import groups, subscriber
from realtime.transport.subscriber import Subscriber
from tests.flows.relay import Relay
from tests.realtime.page import joined, until
from tests.realtime.transport.listener.ear import Ear, listen
from tests.realtime.transport.test_publish import layers_at, port_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def test_rule_12_it_joins_each_group_once_and_hears_it() -> None:
    async def story(ear: Ear) -> None:
        for user_id in range(1, 30):
            ear.listener.want(user_id)
        await until(lambda: len(ear.joined) == 29)
        await ear.hears(17)
        assert sorted(ear.joined) == list(range(1, 30))
        assert ear.redis == []

    listen(story)


def test_rule_12_a_group_counts_as_joined_only_when_redis_has_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr(groups, "JOIN_SECONDS", 0.5)

    def remember_but_do_not_subscribe(self: Subscriber, channels: Iterable[bytes]) -> None:
        asked.extend(channel for channel in channels if channel.endswith(b".user.1"))

    async def story(ear: Ear) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(Subscriber, "subscribe", remember_but_do_not_subscribe)
            ear.listener.want(1)
            await until(lambda: len(asked) >= 2, "it did not ask again")
            assert ear.joined == []
        await until(lambda: ear.joined == [1])
        await ear.hears(1)

    listen(story)


def test_rule_12_a_crowd_joins_in_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = redis.Redis.from_url(settings.REDIS_URL)

    async def story(ear: Ear) -> None:
        await until(lambda: joined(ear.listener))
        before = connection.info("commandstats")["cmdstat_subscribe"]["calls"]
        for user_id in range(1, 1_201):
            ear.listener.want(user_id)
        await until(lambda: len(ear.joined) == 1_200)
        assert connection.info("commandstats")["cmdstat_subscribe"]["calls"] == before + 3
        await ear.hears(777)

    listen(story)


def test_rule_12_who_comes_back_while_they_leave_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    unsubscribe = Subscriber.unsubscribe
    monkeypatch.setattr(groups, "LEAVE_AFTER_SECONDS", 0)

    async def story(ear: Ear) -> None:
        def unsubscribe_and_want(self: Subscriber, channels: Iterable[bytes]) -> None:
            ear.listener.want(1)
            unsubscribe(self, channels)
            ear.listener.want(2)

        ear.listener.want(1)
        ear.listener.want(2)
        await until(lambda: sorted(ear.joined) == [1, 2])
        monkeypatch.setattr(Subscriber, "unsubscribe", unsubscribe_and_want)
        ear.listener.unwant(1)
        ear.listener.unwant(2)
        await until(lambda: sorted(ear.joined) == [1, 1, 2, 2], "nobody left and came back")
        await ear.hears(1)
        await ear.hears(2)
        assert ear.redis == []

    listen(story)


def test_rule_12_who_leaves_before_they_are_joined_is_heard_when_they_are_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the first acknowledgement would be taken for that of the second request."""
    monkeypatch.setattr(groups, "LEAVE_AFTER_SECONDS", 0)

    async def story(ear: Ear) -> None:
        for _ in range(5):
            ear.listener.want(1)
            await asyncio.sleep(0)
            ear.listener.unwant(1)
            await asyncio.sleep(0)
        ear.listener.want(1)
        await until(lambda: 1 in joined(ear.listener))
        await ear.hears(1)
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


def test_rule_12_a_long_join_is_not_mistaken_for_silence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last group is joined later than an answer may come, but Redis speaks all the time."""
    monkeypatch.setattr(subscriber, "ANSWER_SECONDS", 3.0)
    monkeypatch.setattr(groups, "JOIN_SECONDS", 9.0)
    with Relay([port_of(settings.REDIS_URL)]) as relay:
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, relay.port)

        async def story(ear: Ear) -> None:
            for user_id in range(1, 41):
                relay.delay_seconds = 0.08 * user_id
                ear.listener.want(user_id)
                await asyncio.sleep(0.06)
            await until(lambda: len(ear.joined) == 40)
            assert ear.redis == []

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
            assert ear.listener._reconciler
            assert ear.listener._reconciler.done()

    asyncio.run(run())
