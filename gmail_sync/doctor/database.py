"""The probe of the database: it answers, has every migration, takes writes, and its clock is right."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.db.utils import Error

from gmail_sync.doctor import clock
from gmail_sync.doctor.report import Finding, fault, ok
from gmail_sync.start_up import manage
from realtime import database, database_errors

CHECK = "database"
CLOCK_CHECK = "database clock"


def probe() -> Iterator[Finding]:
    """Ask the database, write to it, and compare its clock, by which all due times are written."""
    try:
        if missing := database.unapplied():
            yield fault(CHECK, f"{missing} migrations are not applied.", manage("migrate"))
            return
        with transaction.atomic():  # which a pooler may refuse
            now = MigrationRecorder(connection).migration_qs.annotate(now=Now()).values_list("now", flat=True)[0]
        if not database.takes_writes():
            yield fault(CHECK, database_errors.READ_ONLY.said, database_errors.READ_ONLY.mend)
            return
        if not database.holds_any_text():
            yield fault(CHECK, database_errors.ENCODING.said, database_errors.ENCODING.mend)
            return
    except (Error, OSError, ImproperlyConfigured) as error:
        reason = database_errors.reason(error)
        yield fault(CHECK, reason.said, manage("migrate") if reason is database_errors.UNMIGRATED else reason.mend)
        return
    yield ok(CHECK, "it answers, takes writes, and every migration is applied.")
    ahead = (datetime.now(UTC) - now).total_seconds()
    mend = f"{clock.MEND} on the machine of the database, and here."
    yield clock.judge(CLOCK_CHECK, ahead, "the database's", mend)
