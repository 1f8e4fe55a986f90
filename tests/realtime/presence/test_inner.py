"""A page may show a room within the room: told with the list where its audience says so, and only when it differs."""

import pytest
from django.contrib.auth.models import User
from django.db.models import Value

from realtime.models import Viewer
from realtime.presence import rows, scenes, sweeper
from tests.realtime.presence.conftest import by_member, noted
from tests.realtime.presence.test_rows import later

Told = list[tuple[int, dict[str, dict[str, str]]]]


@pytest.fixture
def telling(ann: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room's members are told."""
    members = User.objects.filter(pk__in=[ann.pk, bob.pk]).annotate(tells_inner=Value(True))
    monkeypatch.setattr(scenes, "_audiences", [lambda room: members])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Whom a message was sent, and the rooms within, by the names of who shows them."""
    return noted(monkeypatch, lambda people: {person["name"]: person.get("inner", {}) for person in people})


def beat(user: User, inner: str = "", client: str = "a", state: str = "viewing") -> None:
    rows.beat(user, "session", client, "room.1", state, inner)


@pytest.mark.usefixtures("telling")
def test_it_tells_the_members_when_somebody_turns_to_another_room_within_and_leaves_it(
    ann: User, bob: User, told: Told
) -> None:
    for inner in ("x", "x", "y", ""):
        beat(bob, inner)
    shown = [names for user, names in told if user == ann.pk]
    assert shown == [{"bob": {"x": "viewing"}}, {"bob": {"y": "viewing"}}, {"bob": {}}]


@pytest.mark.usefixtures("telling")
def test_presence_02_a_reload_with_a_room_within_tells_nobody(ann: User, bob: User, told: Told) -> None:
    beat(bob, "x", "page 0")
    told.clear()
    for number in range(1, 20):
        beat(bob, "", f"page {number - 1}", "left")
        beat(bob, "x", f"page {number}")
        later(7, client=f"page {number - 1}")
        sweeper.sweep()
    assert told == []


@pytest.mark.usefixtures("telling")
def test_it_tells_when_the_page_that_shows_it_expires_and_another_stays(ann: User, bob: User, told: Told) -> None:
    beat(bob, "x", "first")
    beat(bob, "", "second")
    told.clear()
    later(23, client="first")
    assert sweeper.sweep() == 1
    assert by_member(told) == [(ann.pk, {"bob": {}}), (bob.pk, {})]


@pytest.mark.usefixtures("telling")
def test_the_strongest_state_of_each_room_within_is_told(ann: User, bob: User, told: Told) -> None:
    beat(bob, "x", "first", "idle")
    beat(bob, "y", "second")
    assert by_member(told[-2:]) == [(ann.pk, {"bob": {"x": "idle", "y": "viewing"}}), (bob.pk, {})]
    beat(bob, "x", "third", "replying")
    assert by_member(told[-2:]) == [(ann.pk, {"bob": {"x": "replying", "y": "viewing"}}), (bob.pk, {})]


@pytest.mark.usefixtures("telling")
def test_it_forgets_the_rooms_within_and_tells_so(ann: User, bob: User, told: Told) -> None:
    beat(bob, "x")
    told.clear()
    rows.forget_inner("room.1")
    assert by_member(told) == [(ann.pk, {"bob": {}}), (bob.pk, {})]
    assert Viewer.objects.get().inner == ""


def test_an_audience_that_does_not_say_so_is_told_nothing_within(ann: User, bob: User, told: Told) -> None:
    beat(bob, "x")
    beat(bob, "y")
    assert by_member(told) == [(ann.pk, {"bob": {}}), (bob.pk, {})]
    assert Viewer.objects.get().inner == ""
