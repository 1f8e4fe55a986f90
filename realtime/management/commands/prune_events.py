"""`prune_events`: delete events that are older than EVENT_RETENTION_DAYS."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from realtime.log import eventlog


class Command(BaseCommand):
    help = "Delete events older than EVENT_RETENTION_DAYS; a page that comes back later reads its list again."

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = eventlog.prune(timedelta(days=settings.EVENT_RETENTION_DAYS))
        self.stdout.write(f"{deleted} {'event' if deleted == 1 else 'events'} pruned.")
