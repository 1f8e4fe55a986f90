"""Notices that this is no longer the database that the clients' cursors speak of (RULES R7).

PostgreSQL begins a new timeline when it is restored to a point in time or when a standby takes over, and events that
were delivered before may then be gone, their numbers to come again. SQLite knows no such thing: after a restored file
it is the head that went back, or `new_epoch`.
"""

from datetime import timedelta

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, connection
from django.db.models import Q
from django.db.models.functions import Now

from realtime.log import eventlog
from realtime.log_threads import in_log_thread
from realtime.models import Installation

logger = structlog.get_logger(__name__)

RENEWING = timedelta(minutes=2)  # longer than all users take; a second renewal at the same time only costs resets


_WHERE_IT_STANDS = """
    SELECT CASE WHEN pg_is_in_recovery() THEN ''
           ELSE system_identifier || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END
    FROM pg_control_system()
"""


def current() -> str:
    """Return PostgreSQL's system identifier and timeline; empty elsewhere, and while it cannot tell."""
    if connection.vendor != "postgresql":
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WHERE_IT_STANDS)
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return ""  # not every provider lets one ask


def changed() -> bool:
    """Tell whether the database was restored since the last renewal. The first call ever notes where it stands."""
    now = current()
    if not now:
        return False
    noted = Installation.objects.get_or_create(id=1)[0].timeline
    if not noted:
        Installation.objects.filter(timeline="").update(timeline=now)
    return noted not in ("", now)


async def renew_if_changed() -> None:
    """Renew all epochs after a restore, however long that takes."""
    if await in_log_thread(changed):
        await database_sync_to_async(renew_all, thread_sensitive=False)()


def renew_all() -> None:
    """Give all users a new epoch, so that every cursor from before gets a `reset`; then note the new timeline.

    One process does; should it die, another takes over. Not by PostgreSQL's advisory locks: those of a session are
    another client's at a pooler that gives each transaction another connection.
    """
    free = Q(renewing_until=None) | Q(renewing_until__lt=Now()) | Q(renewing_until__gt=Now() + RENEWING)
    if not Installation.objects.filter(free).update(renewing_until=Now() + RENEWING):
        return  # another process is at it
    try:
        if changed():
            renewed = eventlog.renew_epochs()
            Installation.objects.update(timeline=current())
            logger.error("eventlog.restored", users=renewed)
    finally:
        Installation.objects.update(renewing_until=None)
