"""The way to Supabase: one message a user at a time, eight at once, and no cost to Redis, nor from it."""

import json
import socket
import threading
import time
import tracemalloc
from typing import Any

import pytest
import redis
import structlog
from django.contrib.auth.models import User
from pytest_django import Settings

from operators.exposition import Exposition
from realtime.log import reading
from realtime.models import EventStream
from realtime.stream import sse
from realtime.transport import sender
from realtime.transport.sender import Sender
from realtime.transport.supabase import relay
from realtime.transport.supabase.relay import Broadcast
from tests.realtime.conftest import MakeEvents
from tests.realtime.transport.supabase.conftest import Hear, told
from tests.realtime.transport.supabase.readers import opened
from tests.realtime.transport.test_publish import Heard, layers_at
from tests.support.supabase import Supabase
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("payload", ["plain", "sealed", "notice"])
def test_rule_23_it_tells_the_streams_own_frames(
    there: Supabase, ann: User, hear: Hear, happen: MakeEvents, settings: Settings, payload: str
) -> None:
    settings.SUPABASE_PAYLOAD = payload
    (secret,) = hear(ann)
    with there.listen(relay.topic(secret)) as page:
        happen(ann, count=2)
        said = opened(page.hear(relay.topic(secret)), secret)
    place = ann.pk, reading.head(ann.pk)._replace(seq=0)
    stored = [sse.parts(frame) for frame in getattr(reading.read([place])[place], "frames", [])]
    frames = [{"id": one.id.decode(), "type": one.event.decode(), "data": json.loads(one.payload)} for one in stored]
    assert (said["first"], said["last"], said.get("frames", [])) == (1, 2, [] if payload == "notice" else frames)
    assert abs(said["at"] - time.time()) < 30


@pytest.mark.usefixtures("machine")
def test_rule_23_one_message_a_user_is_under_way(there: Supabase, ann: User, happen: MakeEvents) -> None:
    for number in range(2, 41):
        happen(ann, first=number)
    there.clear_faults()
    eventually(lambda: told(there) and told(there)[-1][1] == 40)
    first, rest = there.posts()  # whatever waited went together
    assert [first["payload"]["first"], first["payload"]["last"] + 1] == [1, rest["payload"]["first"]]
    assert first["answered_at"] <= rest["at"]


def test_rule_23_no_message_speaks_of_two_epochs(there: Supabase, ann: User, hear: Hear, happen: MakeEvents) -> None:
    hear(ann)
    there.fault("broadcast", delay=0.1)
    for number in range(1, 21):
        happen(ann, first=number)
        EventStream.objects.filter(pk=ann.pk).update(epoch=f"e{number}")
    eventually(lambda: told(there) and told(there)[-1][1] == 20)
    for post in there.posts():
        frames = post["payload"].get("frames", [])
        assert {frame["id"].partition("-")[0] for frame in frames} <= {post["payload"]["epoch"]}


def test_rule_23_eight_are_under_way_at_once(
    there: Supabase, users: list[User], hear: Hear, happen: MakeEvents
) -> None:
    hear(*users)
    there.fault("broadcast", hold=True, times=8)
    happen(*users)
    eventually(lambda: not there.simulator.sim("GET", "faults")["faults"])  # eight have come and are held
    assert there.posts() == []
    there.clear_faults()
    eventually(lambda: len(there.posts()) == len(users))
    spans = [(post["at"], post["answered_at"]) for post in there.posts()]
    at_once = [sum(begin <= moment < end for begin, end in spans) for moment, _ in spans]
    assert max(at_once) == 8


def test_rule_23_supabase_that_hangs_costs_redis_nothing(
    there: Supabase, ann: User, hear: Hear, happen: MakeEvents, settings: Settings
) -> None:
    hear(ann)
    there.fault("broadcast", hold=True)
    with Heard(settings.REDIS_URL, ann) as heard:
        for number in range(1, 101):
            happen(ann, first=number)
        assert [heard.next_of(ann)["first"] for _ in range(100)] == list(range(1, 101))
        assert not [post for post in there.posts() if post["status"] == 202]
    there.clear_faults()
    eventually(lambda: told(there) and told(there)[-1][1] == 100)


@pytest.mark.parametrize("hangs", [False, True], ids=["refuses", "hangs"])
def test_rule_23_redis_that_is_away_costs_supabase_nothing(
    there: Supabase, ann: User, hear: Hear, happen: MakeEvents, settings: Settings, hangs: bool
) -> None:
    hear(ann)
    with socket.socket() as away:
        away.bind(("127.0.0.1", 0))
        if hangs:
            away.listen()
        settings.CHANNEL_LAYERS = layers_at(settings.CHANNEL_LAYERS, away.getsockname()[1])
        for number in range(1, 11):
            happen(ann, first=number)
        eventually(lambda: told(there) and told(there)[-1][1] == 10)
    assert all(post["payload"].get("frames") for post in there.posts())


def test_rule_23_what_waits_for_it_is_bounded(machine: Sender[Any, Any]) -> None:
    for number in range(12_000):
        machine.send_soon(Broadcast(number, f"secret{number}", "e", 1, 1, b"x" * 2_000))
    eventually(lambda: not machine._said)
    assert machine.way.queue.bytes <= 8_000_000
    assert len(machine.way.queue) + len(machine._skipped) <= 20_000


def test_rule_23_memory_is_flat_while_ten_thousand_wait(machine: Sender[Any, Any]) -> None:
    tracemalloc.start()
    held = []
    for number in range(1, 7):
        for topic in range(10_000):
            machine.send_soon(Broadcast(topic, f"secret{topic}", "e", number, number, bytes(2_000)))
        eventually(lambda: not machine._said)
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert len(machine.way.queue) > 9_900
    assert max(held) < held[0] + 1_000_000  # each round would be 20 MB


def test_rule_23_whom_nobody_hears_there_costs_no_connection(there: Supabase, ann: User, happen: MakeEvents) -> None:
    before = threading.active_count()
    happen(ann, count=3)
    EventStream.objects.update(relay_secret=relay.new_secret())
    happen(ann, first=4)
    assert "supabase" not in sender._senders
    assert there.posts() == []
    assert "supabase" not in {thread.name for thread in threading.enumerate()[before:]}


def test_rule_23_no_secret_leaves_the_database(
    there: Supabase, ann: User, hear: Hear, happen: MakeEvents, settings: Settings
) -> None:
    (secret,) = hear(ann)
    with redis.Redis.from_url(settings.REDIS_URL).pubsub() as all_of_it, structlog.testing.capture_logs() as lines:  # type: ignore[no-untyped-call]
        all_of_it.psubscribe("*")
        there.fault("broadcast", status=403, times=1)
        happen(ann)
        shown = ""
        while "hub.notice" not in shown:
            shown += str(all_of_it.get_message(timeout=30))
        eventually(lambda: [line for line in lines if line["event"] == "supabase.recovered"])
    shown += f"{lines} {list(Exposition().collect())} {there.posts()}"
    for value in (secret, settings.SUPABASE_SIGNING_KEY, json.loads(settings.SUPABASE_SIGNING_KEY)["d"]):
        assert value not in shown
