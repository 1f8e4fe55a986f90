"""Who is in a room is told at Supabase too, to those who are heard, and never where messages may name nobody."""

import json

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from realtime.transport.supabase import publisher, relay
from realtime.transport.supabase.relay import Broadcast
from realtime.transport.supabase.waiting import merge
from tests.realtime.transport.supabase.conftest import Hear
from tests.support.supabase import Supabase
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database

BEN = {"id": 3, "name": "Ben", "state": "viewing", "inner": {"message.7.18c2": "viewing"}}
ROOM = {"room": "mailbox.7", "at": 1_000, "people": [BEN]}


def test_it_tells_those_who_are_heard(there: Supabase, hear: Hear, users: list[User]) -> None:
    (secret,) = hear(users[0])
    publisher.tell_presence({user.pk: ROOM for user in users})
    eventually(there.posts)
    assert [(post["topic"], post["payload"]) for post in there.posts()] == [
        (relay.topic(secret), {"v": 1, "presence": ROOM})
    ]


def test_it_names_nobody_in_mere_notices(there: Supabase, hear: Hear, users: list[User], settings: Settings) -> None:
    settings.SUPABASE_PAYLOAD = "notice"
    secrets = hear(users[0], users[1])
    publisher.tell_presence({user.pk: ROOM for user in users})
    publisher.send_soon(Broadcast(1, secret, "k", 1, 1, b"", 1.0, presence=b"{}") for secret in secrets)
    eventually(lambda: len(there.posts()) == 2)
    assert not [post for post in there.posts() if "presence" in post["payload"]]


@pytest.mark.parametrize("order", [1, -1])
def test_it_goes_with_the_numbers_that_wait(order: int) -> None:
    events = Broadcast(1, "s", "k", 4, 5, b"id: k-4\n\n", 1.0)
    presence = Broadcast(1, "s", presence=json.dumps(ROOM).encode())
    assert merge(*(events, presence)[::order]) == events._replace(presence=presence.presence)
