"""The event log: contiguous numbers, whoever writes at the same time, and reads without a hole or a `reset`."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from realtime.log import eventlog
from realtime.models import EventStream, StoredEvent
from realtime.stream.sse import Cursor
from realtime.transport import publish
from tests.realtime.conftest import MakeEvents
from tests.realtime.happened import Happened
from tests.support.event_source import Frame, parse

THREADS = 8


def cursor(user: User, seq: int) -> Cursor:
    return Cursor(eventlog.head(user.pk).epoch, seq)


def read_all(user: User, seq: int = 0) -> list[Frame]:
    found = eventlog.read(user.pk, cursor(user, seq), limit=100_000)
    assert isinstance(found, eventlog.Slice)
    return parse(b"".join(found.frames))


def numbers(user: User) -> list[int]:
    return [event.seq for event in read_all(user)]


def why(user: User, asked: Cursor) -> str:
    answer = eventlog.read(user.pk, asked)
    assert isinstance(answer, eventlog.Reset)
    assert answer.head == eventlog.head(user.pk)
    return answer.reason


def in_threads(work: Callable[[int], object]) -> None:
    """Run work(0) to work(7) at the same time, each on a connection of its own; raise what they raise."""

    def one(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(THREADS)))


def test_it_numbers_the_events_of_each_user_from_one(ann: User, bob: User, happen: MakeEvents) -> None:
    happen(ann, count=2)
    happen(ann, bob)
    assert (numbers(ann), numbers(bob)) == ([1, 2, 3], [1])


def test_it_stores_what_the_page_receives(ann: User) -> None:
    with eventlog.atomic() as log:
        log.append([ann.pk], Happened(thing=7, text="\u2028\0"))
    (event,) = read_all(ann)
    assert event.event == "thing.happened"
    payload = event.payload
    assert payload.pop("at").endswith("Z")
    assert payload == {"thing": 7, "text": "\u2028\0"}


def test_rule_08_it_leaves_no_hole_and_keeps_order_under_eight_threads(ann: User, bob: User) -> None:
    def write(thread: int) -> None:
        chance = random.Random(thread)
        for number in range(12):
            users = chance.choice([[ann.pk], [bob.pk], [ann.pk, bob.pk], [bob.pk, ann.pk]])
            try:
                with eventlog.atomic() as log:
                    for user in users:
                        log.append([user], Happened(thread=thread, number=number))
                    if chance.random() < 0.3:
                        raise KeyError
            except KeyError:
                pass

    in_threads(write)
    for user in (ann, bob):
        events = read_all(user)
        assert [event.seq for event in events] == list(range(1, eventlog.head(user.pk).seq + 1))
        for thread in range(THREADS):
            mine = [e.payload["number"] for e in events if e.payload["thread"] == thread]
            assert mine == sorted(set(mine))


def test_rule_08_a_reader_sees_no_hole_while_others_write_prune_and_renew(ann: User, bob: User) -> None:
    def write() -> None:
        with eventlog.atomic() as log:
            log.append([bob.pk, ann.pk], Happened())

    def read() -> None:
        asked = cursor(ann, max(0, eventlog.head(ann.pk).seq - 3))
        answer = eventlog.read(ann.pk, asked)
        if isinstance(answer, eventlog.Slice):
            found = [event.seq for event in parse(b"".join(answer.frames))]
            assert found == list(range(asked.seq + 1, answer.last.seq + 1))

    work: list[Callable[[], object]] = [
        write,
        write,
        write,
        read,
        read,
        read,
        lambda: eventlog.prune(timedelta(0)),
        eventlog.renew_epochs,
    ]
    in_threads(lambda thread: [work[thread]() for _ in range(10)])
    assert eventlog.head(ann.pk).seq == eventlog.head(bob.pk).seq == 30


def test_rule_08_a_missing_stream_row_is_created(ann: User, happen: MakeEvents) -> None:
    EventStream.objects.filter(user=ann).delete()
    happen(ann)
    assert numbers(ann) == [1]


def test_rule_08_eight_threads_create_the_same_missing_rows(transactional_db: None, happen: MakeEvents) -> None:
    users = [User.objects.create(username=f"user{number}") for number in range(40)]
    in_threads(lambda thread: happen(*(users if thread % 2 else reversed(users))))
    assert [numbers(user) for user in users] == [list(range(1, THREADS + 1))] * len(users)


def test_it_leaves_no_hole_after_a_rollback(ann: User, happen: MakeEvents) -> None:
    happen(ann)
    with suppress(KeyError), eventlog.atomic() as log:
        log.append([ann.pk], Happened())
        raise KeyError
    happen(ann)
    assert numbers(ann) == [1, 2]


def test_rule_16_an_event_is_encoded_before_it_is_stored(ann: User, happen: MakeEvents) -> None:
    with suppress(ValueError), eventlog.atomic() as log:
        log.append([ann.pk], Happened())
        log.append([ann.pk], Happened(number=float("nan")))
    happen(ann)
    assert [event.event for event in read_all(ann)] == ["thing.happened"]


def test_it_cannot_be_nested(ann: User) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), eventlog.atomic():
        pass
    with pytest.raises(RuntimeError, match="durable"), eventlog.atomic(), eventlog.atomic():
        pass


@pytest.mark.parametrize(
    ("seq", "limit", "expected"), [(0, 9, [1, 2, 3, 4]), (2, 9, [3, 4]), (1, 2, [2, 3]), (4, 9, [])]
)
def test_rule_08_a_read_yields_exactly_what_follows(
    ann: User, happen: MakeEvents, seq: int, limit: int, expected: list[int]
) -> None:
    happen(ann, count=4)
    found = eventlog.read(ann.pk, cursor(ann, seq), limit)
    assert isinstance(found, eventlog.Slice)
    assert [event.seq for event in parse(b"".join(found.frames))] == expected
    assert (found.head.seq, found.last.seq) == (4, min(4, seq + limit))


def test_rule_08_a_read_says_why_it_cannot_go_on(
    ann: User, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ann, count=6)
    monkeypatch.setattr(eventlog, "BACKLOG_LIMIT", 4)
    assert why(ann, Cursor("another", 6)) == "epoch"
    assert why(ann, cursor(ann, 7)) == "ahead"
    assert why(ann, cursor(ann, 1)) == "backlog"
    EventStream.objects.update(floor_seq=3)
    assert why(ann, cursor(ann, 2)) == "expired"
    assert isinstance(eventlog.read(ann.pk, cursor(ann, 3)), eventlog.Slice)


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
    assert eventlog.head(ann.pk).seq == 4


def test_rule_07_a_new_epoch_ends_every_old_cursor(ann: User, bob: User, happen: MakeEvents) -> None:
    happen(ann, bob, count=3)
    old = eventlog.head(ann.pk)
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
        heads = eventlog.heads([ann.pk, bob.pk])
    assert heads == {ann.pk: cursor(ann, 2)}


def test_it_announces_what_was_committed_and_nothing_else(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    announced: list[publish.Notice] = []

    def announce(notices: list[publish.Notice]) -> None:
        in_threads(lambda thread: seen.append(eventlog.head(ann.pk).seq))
        announced.extend(notices)

    seen: list[int] = []
    monkeypatch.setattr(publish, "announce", announce)
    with suppress(KeyError), eventlog.atomic() as log:
        log.append([ann.pk], Happened())
        raise KeyError
    with eventlog.atomic() as log:
        log.append([ann.pk], Happened())
        log.append([ann.pk], Happened())
    assert seen == [2] * THREADS  # committed before anybody is told
    (notice,) = announced
    assert (notice.user_id, notice.epoch, notice.first, notice.last) == (ann.pk, cursor(ann, 0).epoch, 1, 2)
    assert parse(notice.frames) == read_all(ann)


def test_it_announces_large_events_without_their_bytes(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    announced: list[publish.Notice] = []
    monkeypatch.setattr(publish, "announce", announced.extend)
    with eventlog.atomic() as log:
        log.append([ann.pk], Happened(text="x" * eventlog.INLINE_LIMIT_BYTES))
    assert [(notice.first, notice.last, notice.frames) for notice in announced] == [(1, 1, b"")]


def test_a_page_of_large_events_ends_early(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventlog, "PAGE_BYTES", 1_000)
    with eventlog.atomic() as log:
        for size in (300, 300, 300, 5_000, 300):
            log.append([ann.pk], Happened(text="x" * size))
    cursor, counts = Cursor(eventlog.head(ann.pk).epoch, 0), []
    while cursor != eventlog.head(ann.pk):
        page = eventlog.read(ann.pk, cursor)
        assert isinstance(page, eventlog.Slice)
        assert page.last.seq == cursor.seq + len(page.frames)
        cursor = page.last
        counts.append(len(page.frames))
    assert counts == [3, 1, 1]  # whoever passes the bound is the page's last one
