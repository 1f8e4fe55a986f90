"""Nobody needs a cron: old events and sessions go by themselves."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from realtime.log import eventlog, housekeeping
from realtime.models import Installation, OpenStreams, ProcessMinute, StoredEvent
from realtime.transport import installation
from tests.realtime.happened import Happened


@pytest.fixture
def ann(transactional_db: None) -> User:
    installation.name.cache_clear()
    return User.objects.create_user("ann")


def test_it_prunes_old_events_and_expired_sessions_once_an_hour(ann: User) -> None:
    with eventlog.atomic() as log:
        log.append([ann.pk], Happened())
        log.append([ann.pk], Happened())
    StoredEvent.objects.filter(seq=1).update(created_at=timezone.now() - timedelta(days=8))
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    assert housekeeping.tidy_if_due()
    assert [event.seq for event in StoredEvent.objects.filter(user=ann)] == [2]
    assert not Session.objects.exists()
    assert not housekeeping.tidy_if_due()
    Installation.objects.update(tidied_at=timezone.now() - timedelta(hours=2))
    assert housekeeping.tidy_if_due()


def test_a_clock_that_jumps_ahead_throws_nothing_away_at_once(ann: User) -> None:
    with eventlog.atomic() as log:
        log.append([ann.pk], Happened())
    month = timedelta(days=30)  # as if now were a month later than all that is stored
    StoredEvent.objects.update(created_at=timezone.now() - month)
    Session.objects.create(session_key="two weeks", session_data="", expire_date=timezone.now() - month)
    Installation.objects.update_or_create(id=1, defaults={"tidied_at": timezone.now() - month})
    assert not housekeeping.tidy_if_due()
    assert not housekeeping.tidy_if_due()
    assert (StoredEvent.objects.count(), Session.objects.count()) == (1, 1)
    Installation.objects.update(tidied_at=timezone.now() - timedelta(hours=2))  # it is a month later indeed
    assert housekeeping.tidy_if_due()
    assert (StoredEvent.objects.count(), Session.objects.count()) == (0, 0)


def test_what_a_clock_that_was_set_back_wrote_ahead_goes(ann: User) -> None:
    ahead = timezone.now() + timedelta(hours=2)
    ProcessMinute.objects.create(minute=ahead, kind="web", process="a:1")
    OpenStreams.objects.create(user=ann, process="a:1", streams=1, seen_at=ahead)
    Installation.objects.update_or_create(id=1, defaults={"tidied_at": ahead})
    assert housekeeping.tidy_if_due()
    assert (ProcessMinute.objects.count(), OpenStreams.objects.count()) == (0, 0)
