"""Nobody needs a cron: old events and sessions go by themselves."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from realtime import eventlog, housekeeping, installation
from realtime.events import MailboxResynced
from realtime.models import Installation, StoredEvent


@pytest.fixture
def ann(transactional_db: None) -> User:
    installation.name.cache_clear()
    return User.objects.create_user("ann")


def test_it_prunes_old_events_and_expired_sessions_once_an_hour(ann: User) -> None:
    with eventlog.atomic() as log:
        log.append([ann.pk], MailboxResynced(1))
        log.append([ann.pk], MailboxResynced(1))
    StoredEvent.objects.filter(seq=1).update(created_at=timezone.now() - timedelta(days=8))
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    assert housekeeping.tidy_if_due()
    assert [event.seq for event in StoredEvent.objects.filter(user=ann)] == [2]
    assert not Session.objects.exists()
    assert not housekeeping.tidy_if_due()
    Installation.objects.update(tidied_at=timezone.now() - timedelta(hours=2))
    assert housekeeping.tidy_if_due()
