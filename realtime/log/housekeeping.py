"""Deletes old rows now and then, so that nobody needs a cron."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.db.models.functions import Now

from realtime import totals
from realtime.log import eventlog
from realtime.models import Installation, OpenStreams, ProcessMinute

logger = structlog.get_logger(__name__)

PERIOD = timedelta(hours=1)
JUMP = timedelta(days=1)
MINUTES_KEPT = timedelta(hours=2)  # the dashboard reads one


def tidy_if_due() -> bool:
    """Prune old events, minutes and expired sessions, once an hour, by one process. Returns whether this one did.

    After more than a day without it, the first time passes: all was off, or the clock is wrong, and nothing may go.
    """
    Installation.objects.get_or_create(id=1)
    jumped = Installation.objects.filter(tidied_at__lt=Now() - JUMP).exists()
    due = Q(tidied_at=None) | Q(tidied_at__lt=Now() - PERIOD) | Q(tidied_at__gt=Now())  # a clock was set back
    if not Installation.objects.filter(due).update(tidied_at=Now()):
        return False
    if jumped:
        logger.warning("housekeeping.put_off")
        return False
    pruned = eventlog.prune(timedelta(days=settings.EVENT_RETENTION_DAYS))
    # What lies ahead was written by a clock that has been set back since.
    ProcessMinute.objects.filter(Q(minute__lt=Now() - MINUTES_KEPT) | Q(minute__gt=Now() + PERIOD)).delete()
    OpenStreams.objects.filter(Q(seen_at__lt=Now() - PERIOD) | Q(seen_at__gt=Now() + PERIOD)).delete()
    totals.fold()
    Session.objects.filter(expire_date__lt=Now()).delete()
    logger.info("housekeeping.done", events=pruned)
    return True
