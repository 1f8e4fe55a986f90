"""A mailbox that ann and bob share, and a browser of each."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync import presence_views
from gmail_sync.models import GmailAccount
from realtime.presence.pace import Pace
from tests.gmail_sync.presence.room import Browser
from tests.support.inbox import connected


@pytest.fixture(autouse=True)
def plain_http(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SECURE_SSL_REDIRECT = False
    monkeypatch.setattr(presence_views, "page_pace", Pace(0))
    monkeypatch.setattr(presence_views, "session_pace", Pace(0))


@pytest.fixture
def team(ann: User, bob: User) -> GmailAccount:
    account = connected(ann, "team@example.com")
    account.users.add(bob)
    return account


@pytest.fixture
def anns(ann: User, team: GmailAccount) -> Browser:
    return Browser(ann, team)


@pytest.fixture
def bobs(bob: User, team: GmailAccount) -> Browser:
    return Browser(bob, team)
