"""Empties the database after a test that has committed, at a part of what Django's flush costs."""

from functools import cache

from django.db import connection

# What a migration puts there and no test changes. A flush empties these too, and fills them with a hundred queries.
KEPT = {"django_content_type", "auth_permission"}


def empty_tables(_: object) -> None:
    """Take the place of TransactionTestCase's flush."""
    connection.ops.execute_sql_flush(_deletes(connection.vendor))


@cache
def _deletes(vendor: str) -> list[str]:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    names = [connection.ops.quote_name(table) for table in sorted({*tables} - KEPT)]
    # As a flush: threads of the test that still write come before it or after it, and never between two tables.
    locks = [f"LOCK TABLE {', '.join(names)}"] if vendor == "postgresql" else []
    return [*locks, *(f"DELETE FROM {name}" for name in names)]
