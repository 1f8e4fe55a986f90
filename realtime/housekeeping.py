"""What has to be thrown away now and then, so that nobody needs a cron."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db.models import Q
from django.db.models.functions import Now

from realtime import eventlog
from realtime.models import Installation, OpenStreams, ProcessMinute

logger = structlog.get_logger(__name__)

PERIOD = timedelta(hours=1)
MINUTES_KEPT = timedelta(hours=2)  # the dashboard reads one


def tidy_if_due() -> bool:
    """Prune old events, minutes and expired sessions, once an hour and by one process only. Returns whether it did."""
    Installation.objects.get_or_create(id=1)
    due = Q(tidied_at=None) | Q(tidied_at__lt=Now() - PERIOD) | Q(tidied_at__gt=Now())  # a clock was set back
    if not Installation.objects.filter(due).update(tidied_at=Now()):
        return False
    pruned = eventlog.prune(timedelta(days=settings.EVENT_RETENTION_DAYS))
    ProcessMinute.objects.filter(minute__lt=Now() - MINUTES_KEPT).delete()
    OpenStreams.objects.filter(seen_at__lt=Now() - PERIOD).delete()
    call_command("clearsessions")
    logger.info("housekeeping.done", events=pruned)
    return True
