"""Rows change with every page that comes and goes; the others are told only when the people change (rows.py)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F

from realtime.models import Viewer
from realtime.presence import rows, sweeper
from tests.realtime.presence.conftest import Told, by_member


def later(seconds: float, **of: Any) -> None:
    Viewer.objects.filter(**of).update(seen_until=F("seen_until") - timedelta(seconds=seconds))


def beat(user: User, client: str = "a", state: str = "viewing", room: str = "room.1") -> None:
    rows.beat(user, "session", client, room, state)


def test_presence_02_a_reload_changes_rows_and_tells_nobody(ann: User, bob: User, told: Told) -> None:
    beat(ann)
    beat(bob, "page 0")
    told.clear()
    for number in range(1, 200):
        beat(bob, f"page {number - 1}", "left")
        beat(bob, f"page {number}")
        later(0.9)
        beat(ann)
        sweeper.sweep()
    assert told == []
    assert Viewer.objects.filter(user=bob).count() <= rows.MOST_PAGES


def test_it_tells_every_member_the_others_when_somebody_comes_turns_away_or_goes(
    ann: User, bob: User, told: Told
) -> None:
    beat(bob)
    beat(bob)
    assert by_member(told) == [(ann.pk, ["bob viewing"]), (bob.pk, [])]
    beat(bob, state="idle")
    assert by_member(told[2:]) == [(ann.pk, ["bob idle"]), (bob.pk, [])]
    later(23)
    assert sweeper.sweep() == 1
    assert by_member(told[4:]) == [(ann.pk, []), (bob.pk, [])]


def test_it_tells_both_rooms_when_a_page_goes_from_one_to_the_other(ann: User, bob: User, told: Told) -> None:
    beat(bob, room="room.1")
    told.clear()
    beat(bob, room="room.2")
    assert [names for user, names in told if user == ann.pk] == [[], ["bob viewing"]]


def test_rule_24_presence_08_of_two_sweepers_one_announces(ann: User, bob: User, told: Told, monkeypatch: Any) -> None:
    beat(bob)
    told.clear()
    later(23)
    expired = Viewer.objects.filter(pk__gt=0)
    first = list(expired.values_list("pk", "room", "user_id", "state"))
    monkeypatch.setattr(type(expired), "values_list", lambda *names: first)  # both have looked
    assert [sweeper.sweep(), sweeper.sweep()] == [1, 0]
    assert by_member(told) == [(ann.pk, []), (bob.pk, [])]


def test_presence_08_a_page_that_comes_back_under_the_sweep_stays(bob: User, told: Told, monkeypatch: Any) -> None:
    beat(bob)
    later(23)
    found = list(Viewer.objects.values_list("pk", "room", "user_id", "state"))
    beat(bob)
    told.clear()
    monkeypatch.setattr(type(Viewer.objects.all()), "values_list", lambda *names: found)
    assert (sweeper.sweep(), told) == (0, [])


def test_presence_07_what_nobody_announced_is_in_the_answer_to_the_next_beat(
    ann: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(ann)
    with monkeypatch.context() as killed:
        killed.setattr(rows, "tell", lambda room: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            beat(bob)
    scene = rows.beat(ann, "session", "a", "room.1", "viewing")
    assert scene is not None
    assert [person["id"] for person in scene.payload_for(ann.pk)["people"]] == [bob.pk]


def test_presence_06_a_later_look_has_a_later_time(ann: User, bob: User) -> None:
    looks = [rows.beat(user, "session", "a", "room.1", "viewing") for user in (ann, bob, ann, bob)]
    times = [scene.at for scene in looks if scene is not None]
    assert times == sorted(times)
    assert len(times) == 4


def test_it_takes_a_row_of_a_clock_that_was_set_back_for_over(bob: User, told: Told) -> None:
    beat(bob)
    later(-3_600)
    assert sweeper.sweep() == 1


def test_of_two_who_come_at_once_one_at_least_sees_both(ann: User, bob: User, told: Told) -> None:
    def come(user: User) -> None:
        try:
            beat(user)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(come, (ann, bob)))
    assert (ann.pk, ["bob viewing"]) in told
    assert (bob.pk, ["ann viewing"]) in told
