"""Deletes the rows of pages that are gone, in every web: whoever of them lives does it."""

import asyncio
import random
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from realtime.log_threads import in_log_thread
from realtime.models import Viewer
from realtime.presence.rows import remove

SWEEP_SECONDS = (4.0, 6.0)  # spread, so that many webs do not ask at once
FAR = timedelta(minutes=1)  # later than any row: the database's clock was set back


def sweep() -> int:
    """Delete what has expired and tell the rooms. Returns how many rows went; one query by an index if none does."""
    return remove(Viewer.objects.filter(Q(seen_until__lt=Now()) | Q(seen_until__gt=Now() + FAR)))


async def watch_rooms() -> None:
    """Sweep every five seconds or so; run it as a task."""
    while True:
        await asyncio.sleep(random.uniform(*SWEEP_SECONDS))
        await in_log_thread(sweep)
