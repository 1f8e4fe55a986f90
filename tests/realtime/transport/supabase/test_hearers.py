"""Who is heard, for how long, and under which secret (hearers.py, and the log that reads it under its lock)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries

from realtime.log import numbers
from realtime.models import EventStream, Rollout
from realtime.transport import publish
from realtime.transport.supabase import hearers
from tests.realtime.conftest import MakeEvents


@pytest.fixture(autouse=True)
def _on(transactional_db: None) -> None:
    Rollout.objects.create(pk=1, stage="on", percent=100)


@pytest.fixture
def relayed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secrets under which notices are told at Supabase."""
    found: list[str] = []

    def announce(notices: list[publish.Notice], *relayed: tuple[str, publish.Notice]) -> None:
        found.extend(secret for secret, _ in relayed)

    monkeypatch.setattr(publish, "announce", announce)
    return found


def test_it_gives_each_user_a_secret_of_their_own(ann: User, bob: User) -> None:
    found = hearers.hear([ann.pk, bob.pk])
    assert len({secret for secret, _ in found.values()}) == 2
    assert hearers.hear([ann.pk, bob.pk]) == hearers.heard([ann.pk, bob.pk]) == found


def test_it_renews_when_less_than_half_is_left(ann: User) -> None:
    ((secret, _),) = hearers.hear([ann.pk]).values()
    for minutes, renewed in ((8, False), (7, True), (-1, True)):
        until = Now() + timedelta(minutes=minutes)
        EventStream.objects.update(relayed_until=until)
        before = EventStream.objects.get(pk=ann.pk).relayed_until
        assert hearers.hear([ann.pk])[ann.pk][0] == secret
        assert (EventStream.objects.get(pk=ann.pk).relayed_until != before) == renewed


def test_rule_23_the_log_knows_who_is_heard_without_a_query(
    ann: User, bob: User, happen: MakeEvents, relayed: list[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hearers.hear([ann.pk])
    happen(bob)
    with django_assert_num_queries(4):  # begin, numbers, events, commit
        happen(ann, bob)
    assert relayed == [EventStream.objects.get(pk=ann.pk).relay_secret]


@pytest.mark.parametrize("until", [None, Now() - timedelta(seconds=1)])
def test_rule_23_nothing_is_told_there_once_nobody_listens(
    ann: User, happen: MakeEvents, relayed: list[str], until: Any
) -> None:
    hearers.hear([ann.pk])
    EventStream.objects.update(relayed_until=until)
    happen(ann)
    assert relayed == []
    assert hearers.heard([ann.pk]) == {}


def test_rule_23_an_abandoned_topic_is_never_told_again(ann: User, happen: MakeEvents, relayed: list[str]) -> None:
    ((old, _),) = hearers.hear([ann.pk]).values()
    assert hearers.abandon(ann.pk) == old
    happen(ann)
    ((new, _),) = hearers.heard([ann.pk]).values()
    assert relayed == [new]
    assert new != old


def test_rule_23_whoever_is_not_heard_gets_another_secret_all_the_same(ann: User) -> None:
    ((old, _),) = hearers.hear([ann.pk]).values()
    EventStream.objects.update(relayed_until=None)
    assert hearers.abandon(ann.pk) == ""
    assert EventStream.objects.get(pk=ann.pk).relay_secret != old
    EventStream.objects.update(relay_secret="")
    assert hearers.abandon(ann.pk) == ""


def test_it_hears_any_number_of_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.pieces.SIZE", 2)
    users = [User.objects.create(username=str(number)).pk for number in range(5)]
    assert len(hearers.hear(users)) == 5
    assert hearers.everybody() == users
    with transaction.atomic():
        assert [user for user, _ in hearers.let_go(staying=users[:1])] == users[1:]


def test_rule_08_a_row_of_the_release_before_has_no_secret(ann: User) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        columns = ", ".join(numbers.COLUMNS)
        cursor.execute(f"INSERT INTO {numbers.STREAMS} ({columns}) VALUES (%s, 'e', 0, 0)", [ann.pk])
    assert (EventStream.objects.get().relay_secret, EventStream.objects.get().relayed_until) == ("", None)
