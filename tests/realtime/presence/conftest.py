"""A room that ann and bob may see, and what its members are told."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from realtime.presence import scenes
from realtime.transport import publish

Told = list[tuple[int, list[str]]]


@pytest.fixture(autouse=True)
def _audience(ann: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    members = User.objects.filter(pk__in=[ann.pk, bob.pk])
    monkeypatch.setattr(scenes, "_audiences", [lambda room: members if room.startswith("room.") else members.none()])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Whom a message was sent, and the names in it."""
    messages: Told = []

    def note(group: str, message: dict[str, Any]) -> None:
        if message["type"] == "hub.presence":
            people = message["payload"]["people"]
            messages.append((message["user_id"], [f"{person['name']} {person['state']}" for person in people]))

    monkeypatch.setattr(publish, "send_soon", note)
    return messages
