"""System checks of the stream and the log: an operator's possible mistakes, each with its mend."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from realtime import database, database_errors
from realtime.transport import redis_address
from realtime.transport.supabase import project

SQLITE = (3, 35)


@register("realtime")
def redis_is_configured(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a REDIS_URL that does not name one Redis with its own protocol; a REST endpoint cannot do Pub/Sub."""
    url = settings.REDIS_URL
    if not url:
        return [
            Error(
                "REDIS_URL is not set.",
                hint="Set REDIS_URL=redis://HOST:6379/0. `bin/run` brings a Redis of its own.",
                id="finito.E003",
            )
        ]
    try:
        redis_address.read(url)
    except redis_address.AddressUnusable as unusable:
        return [Error(unusable.said, hint=unusable.hint, id="finito.E004")]
    return []


@register("realtime")
def supabase_can_be_used(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a SUPABASE_* that cannot be used, where SUPABASE_URL turns it on."""
    try:
        if settings.SUPABASE_URL:
            project.from_settings()
    except project.ProjectUnusable as unusable:
        return [Error(unusable.said, hint=unusable.hint, id="finito.E050")]
    return []


@register("realtime")
def sequence_numbers_are_durable(**kwargs: Any) -> list[CheckMessage]:
    """Refuse commits that the database may forget: the same sequence number would be given out twice (RULES R7)."""
    if "synchronous_commit=off" in str(settings.DATABASES["default"].get("OPTIONS", {}).get("options", "")):
        return [
            Error(
                "The database runs with synchronous_commit=off.",
                hint="Remove it from DATABASE_URL: after a crash, event numbers would come again.",
                id="finito.E005",
            )
        ]
    return []


@register("realtime")
def sqlite_is_new_enough(**kwargs: Any) -> list[CheckMessage]:
    """Refuse an SQLite without UPDATE .. FROM and RETURNING (https://www.sqlite.org/changes.html, 3.33 and 3.35)."""
    if connection.vendor != "sqlite" or sqlite3.sqlite_version_info >= SQLITE:
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} is older than {'.'.join(map(str, SQLITE))}.",
            hint="Use a Python that was built with a newer one, or PostgreSQL.",
            id="finito.E010",
        )
    ]


@register(Tags.database)
def any_text_can_be_stored(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a database of one part of the world's writing; `migrate` asks it."""
    if not databases or database.holds_any_text():
        return []
    return [
        Error(
            f"The database: {database_errors.ENCODING.said}",
            hint=database_errors.ENCODING.mend,
            id="finito.E011",
        )
    ]
