"""Whoever is signed out, disabled or deleted is gone from the rooms, and the others are told (endings.py)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from realtime.presence import rows
from tests.realtime.presence.conftest import Told


def sign_out(bob: User) -> None:
    Session.objects.get().delete()


def disable(bob: User) -> None:
    bob.is_active = False
    bob.save()


def delete(bob: User) -> None:
    bob.delete()


@pytest.mark.parametrize("end", [sign_out, disable, delete, rows.hide])
def test_presence_09_the_others_are_told_at_once(
    client: Client, ann: User, bob: User, told: Told, end: Callable[[User], Any]
) -> None:
    client.force_login(bob)
    rows.beat(bob, client.session.session_key or "", "a", "room.1", "viewing")
    told.clear()
    end(bob)
    assert (ann.pk, []) in told


def test_it_tells_of_a_new_password_or_a_login_nothing(bob: User, told: Told) -> None:
    rows.beat(bob, "session", "a", "room.1", "viewing")
    told.clear()
    bob.set_password("another")
    bob.save()
    assert told == []
