"""This database's own name within a shared Redis: Redis Pub/Sub ignores the database number (RULES R7)."""

import os
from functools import cache
from hashlib import blake2s

from django.db import DatabaseError, connection

from realtime.models import Installation

_CLUSTER_AND_DATABASE = """
    SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()
"""


@cache
def name() -> str:
    """Return the database's random name with a mark of where it lives: a copy of it is another installation.

    A few queries per process; call it outside a transaction.
    """
    mark = blake2s(_place().encode(), digest_size=4).hexdigest()
    return f"{Installation.objects.get_or_create(id=1)[0].name}-{mark}"


def user_group(user_id: int) -> str:
    """Name the channel-layer group of every process that holds a stream of this user."""
    return f"{name()}.user.{user_id}"


def group(purpose: str) -> str:
    """Name a channel-layer group of this installation."""
    return f"{name()}.{purpose}"


def _place() -> str:
    """Return the cluster and database, or the file, as all processes see it; empty where that cannot be told."""
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(_CLUSTER_AND_DATABASE)
                return str(cursor.fetchone()[0])
        return str(os.stat(connection.settings_dict["NAME"]).st_ino)
    except (DatabaseError, OSError):
        return ""
