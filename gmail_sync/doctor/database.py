"""The database: it answers, has every migration, and knows what time it is."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.db.utils import Error

from gmail_sync.doctor import clock
from gmail_sync.doctor.report import Finding, fault, ok

CHECK = "database"
CLOCK_CHECK = "database clock"


def look() -> Iterator[Finding]:
    """Whether it can be used; all due times are by its clock."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            yield fault(CHECK, f"{len(missing)} migrations are not applied.", "manage.py migrate")
            return
        now = MigrationRecorder(connection).migration_qs.annotate(now=Now()).values_list("now", flat=True)[0]
    except (Error, OSError) as error:
        said = f"no answer ({type(error).__name__})."
        yield fault(CHECK, said, "start it, or mend DATABASE_URL: `manage.py dbshell` says why.")
        return
    yield ok(CHECK, "it answers, and every migration is applied.")
    ahead = (datetime.now(UTC) - now).total_seconds()
    mend = f"{clock.MEND} on the machine of the database, and here."
    yield clock.judge(CLOCK_CHECK, ahead, "the database's", mend)
