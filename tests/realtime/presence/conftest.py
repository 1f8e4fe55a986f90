"""A room that ann and bob may see, and what its members are told."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, TypeVar

import pytest
from django.contrib.auth.models import User

from realtime.presence import scenes
from realtime.transport import publish

T = TypeVar("T")
Told = list[tuple[int, list[str]]]


@pytest.fixture(autouse=True)
def _audience(ann: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    members = User.objects.filter(pk__in=[ann.pk, bob.pk])
    monkeypatch.setattr(scenes, "_audiences", [lambda room: members if room.startswith("room.") else members.none()])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Whom a message was sent, and the names in it."""
    return noted(monkeypatch, lambda people: [f"{person['name']} {person['state']}" for person in people])


def by_member(told: list[tuple[int, T]]) -> list[tuple[int, T]]:
    """These notes in the members' order: of one telling, who is told first is nobody's promise."""
    return sorted(told, key=itemgetter(0))


def noted(monkeypatch: pytest.MonkeyPatch, words: Callable[[list[dict[str, Any]]], T]) -> list[tuple[int, T]]:
    """Note from now on whom a list of people was sent, and it in these words; returns the notes."""
    messages: list[tuple[int, T]] = []

    def note(group: str, message: dict[str, Any]) -> None:
        if message["type"] == "hub.presence":
            messages.append((message["user_id"], words(message["payload"]["people"])))

    monkeypatch.setattr(publish, "send_soon", note)
    return messages
