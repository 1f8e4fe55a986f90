"""Note what pushes say of mailboxes: one statement, however many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.querysets import ASKED_NOW, from_now
from gmail_sync.states import WatchState
from gmail_sync.sync.settling import DROPPED_SECONDS, TRAILING_SECONDS

# `news` is an id above what was read. One that is known already proves that pushes arrive (a renewal's probe carries
# one): who doubted it reads now, and who reads now looks again. It may also be the only notice of several changes, of
# which a read saw the first ones: one more read follows (RULES R3), and one that comes within a second stays.
# Django's UPDATE would be compiled anew for each group of pushes, at several times the price of running it.
_NOTE = """
    WITH announced (email, newest, times) AS (VALUES {announced}),
    found AS (
        SELECT {account}.id, newest, times, {asked} AS asked,
            coalesce({account}.history_id < newest, TRUE) AS news,
            EXISTS (SELECT 1 FROM {watch} WHERE account_id = {account}.id AND state = '{silent}') AS doubted
        FROM {account} JOIN announced ON announced.email = {account}.email
        ORDER BY {account}.id {locking}
    )
    UPDATE {account} SET
        last_push_at = {now},
        notified_history_id = CASE WHEN news AND newest > notified_history_id THEN newest ELSE notified_history_id END,
        unsettled_reads = CASE WHEN news THEN 0 ELSE unsettled_reads END,
        wakes = wakes + CASE WHEN news OR doubted OR claim <> '' THEN times ELSE 0 END,
        next_sync_at = CASE
            WHEN news OR doubted THEN CASE WHEN next_sync_at < asked THEN next_sync_at ELSE asked END
            WHEN next_sync_at > {soon} THEN {trailing}
            ELSE next_sync_at
        END
    FROM found WHERE found.id = {account}.id
    RETURNING email, next_sync_at <= {now}
"""


@dataclass(frozen=True)
class Announced:
    """What pushes say of one mailbox: it has changed up to `history_id`; `times` of them came."""

    history_id: int
    times: int = 1


def note(announced: Mapping[str, Announced], skip_locked: bool = False) -> dict[str, bool]:
    """Note pushes by address. Returns for each mailbox that was found whether it is due.

    Rows are locked in one order (RULES R8). `skip_locked` leaves out those that somebody else holds, where the
    database can tell. Raises DatabaseError.
    """
    locking = ""
    if connection.features.has_select_for_update:
        locking = f"FOR UPDATE OF {GmailAccount._meta.db_table}{' SKIP LOCKED' if skip_locked else ''}"
    words, waits = _words(connection.vendor)
    sql = _NOTE.format(announced=", ".join(["(%s, %s, %s)"] * len(announced)), locking=locking, **words)
    pushes = [value for email, one in announced.items() for value in (email, one.history_id, one.times)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*pushes, *waits])
        return {email: bool(due) for email, due in cursor.fetchall()}


@cache
def _words(vendor: str) -> tuple[dict[str, str], list[Any]]:
    """Return the names and the times of the statement in this database's SQL, and the parameters of the times."""
    query = GmailAccount.objects.all().query
    compiler = query.get_compiler(connection=connection)
    times: dict[str, Any] = {
        "now": Now(),
        "asked": ASKED_NOW,
        "soon": from_now(DROPPED_SECONDS),
        "trailing": from_now(TRAILING_SECONDS),
    }
    compiled = {name: compiler.compile(time.resolve_expression(query)) for name, time in times.items()}
    words = {
        "account": GmailAccount._meta.db_table,
        "watch": GmailWatch._meta.db_table,
        "silent": WatchState.SILENT.value,
        **{name: sql for name, (sql, _) in compiled.items()},
    }
    return words, [parameter for _, parameters in compiled.values() for parameter in parameters]
