"""A read of the event log yields exactly what follows, or says why it cannot (log/eventlog.py)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from realtime.log import eventlog, reading
from realtime.models import EventStream, StoredEvent
from realtime.stream.sse import Cursor
from tests.realtime.conftest import MakeEvents
from tests.realtime.happened import Happened
from tests.realtime.log.log_reader import cursor, numbers, read, read_all, why
from tests.support.event_source import parse


@pytest.mark.parametrize(
    ("seq", "limit", "expected"), [(0, 9, [1, 2, 3, 4]), (2, 9, [3, 4]), (1, 2, [2, 3]), (4, 9, [])]
)
def test_rule_08_a_read_yields_exactly_what_follows(
    ann: User, happen: MakeEvents, seq: int, limit: int, expected: list[int]
) -> None:
    happen(ann, count=4)
    found = read(ann.pk, cursor(ann, seq), limit)
    assert isinstance(found, reading.Slice)
    assert [event.seq for event in parse(b"".join(found.frames))] == expected
    assert (found.head.seq, found.last.seq) == (4, min(4, seq + limit))


def test_rule_08_a_read_says_why_it_cannot_go_on(
    ann: User, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ann, count=6)
    monkeypatch.setattr(reading, "BACKLOG_LIMIT", 4)
    assert why(ann, Cursor("another", 6)) == "epoch"
    assert why(ann, cursor(ann, 7)) == "ahead"
    assert why(ann, cursor(ann, 1)) == "backlog"
    EventStream.objects.update(floor_seq=3)
    assert why(ann, cursor(ann, 2)) == "expired"
    assert isinstance(read(ann.pk, cursor(ann, 3)), reading.Slice)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_rule_08_a_read_never_jumps_over_a_hole(ann: User, happen: MakeEvents, lost: int) -> None:
    happen(ann, count=3)
    StoredEvent.objects.filter(seq=lost).delete()  # as if pruned between the two queries of a read
    assert why(ann, cursor(ann, 0)) == "expired"


def test_rule_02_forgetting_deletes_and_raises_the_floor(ann: User, bob: User, happen: MakeEvents) -> None:
    happen(ann, bob, count=3)
    with eventlog.atomic() as log:
        log.forget(ann.pk)
        log.append([ann.pk], Happened())
    assert why(ann, cursor(ann, 2)) == "expired"
    assert [event.event for event in read_all(ann, 3)] == ["thing.happened"]
    assert StoredEvent.objects.filter(user=ann).count() == 1
    assert EventStream.objects.get(user=ann).floor_seq == 3
    assert numbers(bob) == [1, 2, 3]


def test_rule_08_pruning_goes_by_number_and_raises_the_floor(ann: User, bob: User, happen: MakeEvents) -> None:
    happen(ann, bob, count=3)
    long_ago = timezone.now() - timedelta(days=8)
    StoredEvent.objects.filter(user=ann, seq=2).update(created_at=long_ago)  # clocks of machines differ
    assert eventlog.prune(timedelta(days=7)) == 2
    assert why(ann, cursor(ann, 1)) == "expired"
    assert [event.seq for event in read_all(ann, 2)] == [3]
    assert numbers(bob) == [1, 2, 3]
    happen(ann)
    assert reading.head(ann.pk).seq == 4


def test_rule_07_a_new_epoch_ends_every_old_cursor(ann: User, bob: User, happen: MakeEvents) -> None:
    happen(ann, bob, count=3)
    old = reading.head(ann.pk)
    assert eventlog.renew_epochs([ann.pk]) == 1
    assert EventStream.objects.get(user=ann).floor_seq == 3
    assert why(ann, old) == "epoch"
    assert why(ann, cursor(ann, 2)) == "expired"
    happen(ann)
    assert [event.seq for event in read_all(ann, 3)] == [4]
    assert numbers(bob) == [1, 2, 3]
    assert eventlog.renew_epochs() == 2


def test_it_reads_many_heads_in_one_query(
    ann: User, bob: User, happen: MakeEvents, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    happen(ann, count=2)
    with django_assert_num_queries(1):
        heads = reading.heads([ann.pk, bob.pk])
    assert heads == {ann.pk: cursor(ann, 2)}


def test_a_page_of_large_events_ends_early(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE_BYTES", 1_000)
    with eventlog.atomic() as log:
        for size in (300, 300, 300, 5_000, 300):
            log.append([ann.pk], Happened(text="x" * size))
    cursor, counts = Cursor(reading.head(ann.pk).epoch, 0), []
    while cursor != reading.head(ann.pk):
        page = read(ann.pk, cursor)
        assert isinstance(page, reading.Slice)
        assert page.last.seq == cursor.seq + len(page.frames)
        cursor = page.last
        counts.append(len(page.frames))
    assert counts == [3, 1, 1]  # whoever passes the bound is the page's last one


def test_it_reads_for_a_crowd_what_it_reads_for_each(
    ann: User, bob: User, happen: MakeEvents, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    happen(ann, count=5)
    happen(bob, count=3)
    places = [(user.pk, cursor(user, seq)) for user in (ann, bob) for seq in range(5)]
    with django_assert_num_queries(2):
        found = reading.read(places)
    assert found == {place: read(*place) for place in places}
    slices = [answer for answer in found.values() if isinstance(answer, reading.Slice)]
    assert sorted(len(page.frames) for page in slices) == [0, 1, 1, 2, 2, 3, 3, 4, 5]


def test_a_crowd_of_newcomers_costs_as_many_queries_as_one(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    users = User.objects.bulk_create(User(username=f"user{number}") for number in range(40))
    with django_assert_num_queries(3):
        heads = reading.heads_of_all([user.pk for user in users])
    assert {head.seq for head in heads.values()} == {0}
    assert heads == reading.heads([user.pk for user in users])
