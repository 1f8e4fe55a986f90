"""Numbers are taken by one statement for many users, and each user's stay without a hole."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realtime.log import eventlog, numbers
from realtime.models import EventStream, StoredEvent
from tests.realtime.happened import Happened

CROWD = 1_200


@pytest.fixture
def crowd(transactional_db: None) -> list[int]:
    """Return the ids of so many users; one of two has a stream already."""
    users = User.objects.bulk_create(User(username=f"user{number}") for number in range(CROWD))
    EventStream.objects.bulk_create(EventStream(user_id=user.pk, last_seq=7, floor_seq=7) for user in users[::2])
    return [user.pk for user in users]


def test_it_takes_the_numbers_of_a_crowd_in_a_few_statements(crowd: list[int]) -> None:
    with CaptureQueriesContext(connection) as queries, eventlog.atomic() as log:
        log.append(reversed(crowd), Happened())
        log.append(crowd[:1], Happened())
    assert sum("ON CONFLICT (user_id) DO UPDATE" in query["sql"] for query in queries) == 3
    stored = StoredEvent.objects.order_by("user_id", "seq").values_list("user_id", "seq")
    expected = [(user_id, 1 if place % 2 else 8) for place, user_id in enumerate(crowd)]
    assert list(stored) == [*expected[:1], (crowd[0], 9), *expected[1:]]


def test_rule_02_what_is_told_with_the_forgetting_is_kept(ann: User) -> None:
    for _ in range(3):
        with eventlog.atomic() as log:
            log.append([ann.pk], Happened())
    with eventlog.atomic() as log:
        log.forget(ann.pk)
        log.append([ann.pk], Happened())
    stream = EventStream.objects.get(user=ann)
    assert (stream.floor_seq, stream.last_seq) == (3, 4)
    assert list(StoredEvent.objects.filter(user=ann).values_list("seq", flat=True)) == [4]


def test_it_keeps_the_epoch_and_the_floor_of_a_stream_that_exists(ann: User) -> None:
    EventStream.objects.filter(user=ann).delete()
    EventStream.objects.create(user=ann, epoch="first", last_seq=5, floor_seq=2)
    (stream,) = numbers.take({ann.pk: 2})
    assert (stream.epoch, stream.last_seq, stream.floor_seq) == ("first", 7, 2)
