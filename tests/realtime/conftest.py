"""Users and events for the tests of the log and the stream."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from realtime import eventlog
from realtime.events import MailboxCounts

MakeEvents = Callable[..., None]


@pytest.fixture
def ann(transactional_db: None) -> User:
    return User.objects.create_user("ann", password="ann")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return User.objects.create_user("bob", password="bob")


@pytest.fixture
def happen() -> MakeEvents:
    """Let `count` events happen to the users, in one transaction; they are numbered in `messages_total`."""

    def make(*users: User, count: int = 1, first: int = 1) -> None:
        with eventlog.atomic() as log:
            for number in range(first, first + count):
                log.append([user.pk for user in users], MailboxCounts(1, "INBOX", 0, number))

    return make
