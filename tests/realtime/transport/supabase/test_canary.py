"""`watch_transport` counts exactly what the project dropped, doubled, swapped and delayed, and comes back by itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections

from realtime.log import eventlog
from realtime.models import EventStream
from realtime.transport.supabase import hearers, project, relay
from realtime.transport.supabase.canary import Canary
from tests.realtime.conftest import MakeEvents
from tests.support.supabase import Supabase
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database


@contextmanager
def watching(topics: int) -> Iterator[Canary]:
    """A canary that listens to so many topics, in a thread of its own."""
    configured = project.configured()
    assert configured is not None
    bird = Canary(configured, lambda line: None)

    def run() -> None:
        bird.run(120)
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        eventually(lambda: bird.listens == topics)
        yield bird
    finally:
        bird.stopping.set()
        thread.join(30)


def counted(bird: Canary, **wanted: int) -> None:
    """Fails unless it comes to count these events, and no others."""
    eventually(lambda: wanted.items() <= dict(bird.figures.events).items())
    assert {result: n for result, n in bird.figures.events.items() if n} == wanted


@pytest.mark.parametrize("payload", ["plain", "sealed", "notice"])
def test_rule_23_it_sees_in_a_shadow_that_all_arrives(
    there: Supabase, rolled_out: None, users: list[User], happen: MakeEvents, settings: object, payload: str
) -> None:
    settings.SUPABASE_PAYLOAD = payload  # type: ignore[attr-defined]
    with watching(20) as bird:
        happen(*users, count=3)
        counted(bird, seen=60)
        assert bird.figures.lags.total() == 20


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ({"drop": True, "times": 3}, {"seen": 7, "missing": 3}),
        ({"duplicate": 1, "times": 4}, {"seen": 10, "repeated": 4}),
        ({"reorder": True, "times": 1}, {"seen": 10, "reordered": 1}),
        ({"delay": 14.0, "times": 2}, {"seen": 8, "missing": 2, "late": 2}),
    ],
)
def test_rule_23_it_counts_exactly_what_went_wrong(
    there: Supabase,
    rolled_out: None,
    users: list[User],
    happen: MakeEvents,
    fault: dict[str, object],
    wanted: dict[str, int],
) -> None:
    with watching(20) as bird:
        there.fault("delivery", **fault)
        for number in range(1, 11):
            happen(users[0], first=number)
            eventually(lambda: len(there.posts()) == number)  # noqa: B023  # one message each
        counted(bird, **wanted)
    deliveries = there.state()["deliveries"]
    told = {"missing": "dropped", "repeated": "repeated", "reordered": "reordered", "late": "delayed"}
    for result in wanted.keys() - {"seen"}:
        assert deliveries[told["late" if "late" in wanted else result]] == wanted[result]


def test_rule_23_it_counts_nothing_of_a_time_without_a_channel(
    there: Supabase, rolled_out: None, users: list[User], happen: MakeEvents
) -> None:
    with watching(20) as bird:
        there.fault("handshake", status=503)
        assert there.kill() == 1
        eventually(lambda: bird.listens == 0)
        happen(*users)
        there.clear_faults()
        eventually(lambda: bird.listens == 20)
        happen(users[0], first=2)
        counted(bird, seen=1)
        assert bird.figures.lost >= 1


def test_rule_23_it_joins_again_a_channel_that_was_closed(there: Supabase, rolled_out: None, users: list[User]) -> None:
    with watching(20) as bird:
        assert there.close() == 20
        eventually(lambda: bird.figures.lost == 20)
        eventually(lambda: bird.listens == 20)


def test_rule_23_it_follows_a_user_to_their_next_topic_and_a_log_to_its_next_epoch(
    there: Supabase, rolled_out: None, users: list[User], happen: MakeEvents
) -> None:
    ann = users[0]
    with watching(20) as bird:
        hearers.abandon(ann.pk)
        topic = relay.topic(EventStream.objects.get(pk=ann.pk).relay_secret)
        eventually(lambda: topic in {t["topic"] for t in there.state()["topics"]} and bird.listens == 20)
        happen(ann)
        counted(bird, seen=1)
        eventlog.renew_epochs([ann.pk])
        eventually(lambda: bird._topics[topic].shadow.epoch == EventStream.objects.get(pk=ann.pk).epoch)  # type: ignore[union-attr]
        happen(ann, first=2)
        counted(bird, seen=2)


def test_rule_23_it_leaves_all_when_it_is_turned_off(there: Supabase, rolled_out: None) -> None:
    with watching(20):
        call_command("transport", "off")
        eventually(lambda: there.state()["topics"] == [])


def test_rule_23_it_counts_no_message_of_a_stranger(
    there: Supabase, rolled_out: None, users: list[User], happen: MakeEvents
) -> None:
    with watching(20) as bird:
        topic = relay.topic(EventStream.objects.get(pk=users[0].pk).relay_secret)
        notice = {"v": 1, "epoch": EventStream.objects.get(pk=users[0].pk).epoch, "first": 1, "last": 1}
        strange: list[Any] = [None, [], "\u2028", notice, {**notice, "at": "inf"}, {**notice, "at": 1, "last": 2**62}]
        for said in strange:
            there.send(topic, said)
        happen(users[1])  # so that all of it has come
        eventually(lambda: bird.figures.events["seen"])
        assert {result for result, n in bird.figures.events.items() if n} == {"seen"}
