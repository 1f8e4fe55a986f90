"""Django's PostgreSQL backend, which checks more of a pooled connection than that it lives.

Django asks an empty question when a thread takes a connection from the pool. In the same round trip ours asks whether
the connection takes writes, bounds its statements, and has each see what is committed. After a failover an old
connection may stand at a server that has become a standby, for as long as it lives; and what is sent when a connection
begins is refused, or lost, by a pooler that gives each transaction another connection.
"""

import time
from functools import cached_property
from typing import Any

import psycopg
from django.db.backends.postgresql import base

READ_ONLY_SECONDS = 1.0  # no longer is a connection kept that takes no writes: a new one may find another server

# Of each session, unless the `options` of DATABASE_URL name it: bounds in milliseconds (RULES R13), what a transaction
# sees, and how times are written. A database or a role may have other defaults: by another isolation, or a short
# lock_timeout, whoever waits for a row's lock fails, and psycopg reads no other style.
SESSION = {
    "statement_timeout": "15000",
    "lock_timeout": "0",  # a statement is bounded, its waiting included
    "idle_in_transaction_session_timeout": "30000",
    "default_transaction_isolation": "read committed",
    "DateStyle": "ISO",
}
# A commit that a crash may take back has its numbers given out twice (RULES R7); a way of waiting for standbys stays.
DURABLE = "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END"


class Connection(psycopg.Connection[Any]):
    """A connection that knows its age, by the monotonic clock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made_at = time.monotonic()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, except for the connections that it takes from the pool."""

    @property
    def pool(self) -> Any:
        """Return Django's pool, of our connections."""
        if options := self.settings_dict["OPTIONS"].get("pool"):
            options["connection_class"] = Connection
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that answers, and takes writes if a new one would. Raises psycopg.OperationalError."""
        while True:
            connection = super().get_new_connection(conn_params)
            if self.pool is None:
                return connection
            is_new = time.monotonic() - connection.made_at < READ_ONLY_SECONDS
            try:
                if connection.execute(self._question).fetchone()[0] == "off" or is_new:
                    return connection
            except psycopg.Error:
                if is_new:
                    self._discard(connection)
                    raise
            self._discard(connection)

    @cached_property
    def _question(self) -> str:
        chosen = str(self.settings_dict["OPTIONS"].get("options", ""))
        ours = [f"set_config('{name}', '{value}', false)" for name, value in SESSION.items() if name not in chosen]
        return "SELECT " + ", ".join(["current_setting('transaction_read_only')", DURABLE, *ours])

    @staticmethod
    def _discard(connection: Any) -> None:
        """Close it; the pool opens another."""
        connection.close()
        connection._pool.putconn(connection)
