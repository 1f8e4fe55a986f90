"""The event log numbers without a hole, whoever writes at the same time, and announces what was committed."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from realtime.log import eventlog, reading
from realtime.models import EventStream
from realtime.transport import publish
from tests.realtime.conftest import MakeEvents
from tests.realtime.happened import Happened
from tests.realtime.log.log_reader import cursor, numbers, read, read_all
from tests.support.event_source import parse

THREADS = 8


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
        assert [event.seq for event in events] == list(range(1, reading.head(user.pk).seq + 1))
        for thread in range(THREADS):
            mine = [e.payload["number"] for e in events if e.payload["thread"] == thread]
            assert mine == sorted(set(mine))


def test_rule_08_a_reader_sees_no_hole_while_others_write_prune_and_renew(ann: User, bob: User) -> None:
    def write() -> None:
        with eventlog.atomic() as log:
            log.append([bob.pk, ann.pk], Happened())

    def look() -> None:
        asked = cursor(ann, max(0, reading.head(ann.pk).seq - 3))
        answer = read(ann.pk, asked)
        if isinstance(answer, reading.Slice):
            found = [event.seq for event in parse(b"".join(answer.frames))]
            assert found == list(range(asked.seq + 1, answer.last.seq + 1))

    work: list[Callable[[], object]] = [
        write,
        write,
        write,
        look,
        look,
        look,
        lambda: eventlog.prune(timedelta(0)),
        eventlog.renew_epochs,
    ]
    in_threads(lambda thread: [work[thread]() for _ in range(10)])
    assert reading.head(ann.pk).seq == reading.head(bob.pk).seq == 30


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


def test_it_announces_what_was_committed_and_nothing_else(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    announced: list[publish.Notice] = []

    def announce(notices: list[publish.Notice]) -> None:
        in_threads(lambda thread: seen.append(reading.head(ann.pk).seq))
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
