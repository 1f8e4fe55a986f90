"""A statement that is compiled once does what the ORM's does, with other values each time (realtime/compiled.py)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Case, DurationField, F, QuerySet, When
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime import compiled
from realtime.compiled import Given
from realtime.models import EventStream

LATER = Case(When(last_seq=Given("seq"), then=Now() + Given("ahead", DurationField())), default=F("relayed_until"))


def of_user() -> QuerySet[EventStream]:
    return EventStream.objects.filter(user_id=Given("user"))


def named() -> "QuerySet[User, tuple[int, str]]":
    return (
        User.objects.filter(username__in=[Given("names")], pk__gt=Given("above"))
        .order_by("pk")
        .values_list("pk", "username")
    )


@pytest.fixture
def users(db: None) -> list[User]:
    return [User.objects.create_user(name) for name in ("ann", "bob", "cy")]


@pytest.fixture
def stream(users: list[User]) -> EventStream:
    return EventStream.objects.create(user=users[0], epoch="e", last_seq=7)


def test_it_returns_rows(stream: EventStream, users: list[User]) -> None:
    assert compiled.rows(of_user, user=users[0].pk) == [stream]
    assert compiled.rows(of_user, user=users[1].pk) == []


@pytest.mark.parametrize("names", [["ann"], ["ann", "cy", "nobody"], ["100%s"]])
def test_it_looks_for_any_number_of_values(users: list[User], names: list[str]) -> None:
    wanted = [(user.pk, user.username) for user in users if user.username in names]
    assert compiled.tuples(named, names=names, above=0) == wanted


def test_it_writes_values_and_expressions(stream: EventStream) -> None:
    now = timezone.now()
    written = {"epoch": "f", "last_seq": F("last_seq") + 1, "relayed_until": now}
    assert compiled.update(of_user, written, user=stream.pk) == 1
    stream.refresh_from_db()
    assert (stream.epoch, stream.last_seq, stream.relayed_until) == ("f", 8, now)
    assert compiled.update(of_user, {"epoch": "g", "relayed_until": None}, user=stream.pk + 99) == 0


@pytest.mark.parametrize(("seq", "is_later"), [(7, True), (8, False)])
def test_it_fills_in_what_an_expression_leaves_open(stream: EventStream, seq: int, is_later: bool) -> None:
    compiled.update(of_user, {"relayed_until": LATER}, user=stream.pk, seq=seq, ahead=timedelta(hours=1))
    stream.refresh_from_db()
    assert (stream.relayed_until is not None and stream.relayed_until > timezone.now()) == is_later


def test_it_compiles_once(stream: EventStream, monkeypatch: Any) -> None:
    compiled.update(of_user, {"epoch": "f", "relayed_until": Now()}, user=stream.pk)
    compiled.rows(of_user, user=stream.pk)
    monkeypatch.setattr(SQLCompiler, "compile", None)
    with CaptureQueriesContext(connection) as queries:
        assert compiled.update(of_user, {"epoch": "g", "relayed_until": Now()}, user=stream.pk) == 1
        (row,) = compiled.rows(of_user, user=stream.pk)
    assert (row.epoch, len(queries)) == ("g", 2)
