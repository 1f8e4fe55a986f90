"""Take mailboxes for a worker: one UPDATE that returns the rows, with all that a sync mostly asks for."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage
from gmail_sync.querysets import CLAIM_SECONDS, from_now
from realtime import recorder

# A subquery in place of the first part might be executed more than once, and take more than its limit.
_TAKE = """
    WITH free (pk, until) AS ({free} {locking})
    UPDATE {table} SET claim = %s, claim_expires_at = free.until FROM free WHERE id = free.pk
    RETURNING {columns}
"""
Sql = tuple[str, tuple[Any, ...]]  # with its parameters


def take(free: QuerySet[GmailAccount], limit: int, token: str) -> list[GmailAccount]:
    """Claim at most `limit` of these mailboxes for the token. Returns them, longest due first, each with its watch and
    the facts of _returned().
    """
    return _take(_of_free(free, limit), token)


def take_due(limit: int, token: str) -> list[GmailAccount]:
    """Claim at most `limit` of the due mailboxes, as take() does."""
    return _take(_of_due(connection.vendor, limit), token)


@cache
def _of_due(vendor: str, limit: int) -> Sql:
    """Compile what a worker asks every second, and after every mailbox, once: it costs more than asking it."""
    return _of_free(GmailAccount.objects.due(), limit)


def _of_free(free: QuerySet[GmailAccount], limit: int) -> Sql:
    sql, parameters = (
        free.annotate(until=from_now(CLAIM_SECONDS)).values_list("pk", "until")[:limit].query.sql_with_params()
    )
    return sql, tuple(parameters)


@cache
def _returned(vendor: str) -> Sql:
    """Compile the columns of a row, and whether it has members, entries in its ledger, and a member's page open.

    EXISTS would say the same, and have PostgreSQL read the whole of a small table at each look.
    """
    facts = {
        "has_members": GmailAccount.users.through.objects.filter(gmailaccount_id=OuterRef("pk")),
        "has_skipped": SkippedMessage.objects.filter(account_id=OuterRef("pk")),
        "page_open": recorder.open_streams().filter(user__gmail_accounts=OuterRef("pk")),
    }
    query = GmailAccount.objects.annotate(
        **{name: Subquery(rows.values("pk")[:1]) for name, rows in facts.items()}
    ).query
    compiler = query.get_compiler(connection=connection)
    compiled = {name: compiler.compile(query.annotations[name]) for name in facts}
    columns = (field.column for field in GmailAccount._meta.concrete_fields if field.column)
    sql = ", ".join([*columns, *(f"{sql} AS {name}" for name, (sql, _) in compiled.items())])
    return sql, tuple(value for _, parameters in compiled.values() for value in parameters)


def _take(free: Sql, token: str) -> list[GmailAccount]:
    returned = _returned(connection.vendor)
    locking = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    table = GmailAccount._meta.db_table
    statement = _TAKE.format(free=free[0], locking=locking, table=table, columns=returned[0])
    rows = GmailAccount.objects.raw(statement, [*free[1], token, *returned[1]])
    taken = sorted(rows, key=lambda row: row.next_sync_at or row.created_at)
    _give_watches(taken)
    return taken


def _give_watches(taken: list[GmailAccount]) -> None:
    """Have each mailbox know its watch, or that it has none, as prefetch_related_objects() does at twice the price."""
    places = ", ".join(["%s"] * len(taken))
    table = GmailWatch._meta.db_table
    statement = f"SELECT * FROM {table} WHERE account_id IN ({places})"  # nosec B608  # names of ours alone
    found = GmailWatch.objects.raw(statement, [row.pk for row in taken]) if taken else ()
    watches = {watch.account_id: watch for watch in found}
    for row in taken:
        if watch := watches.get(row.pk):
            watch.account = row
        else:
            GmailAccount._meta.get_field("watch").set_cached_value(row, None)
