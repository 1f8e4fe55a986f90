"""Write-through persistence: JSON documents by kind and key, in SQLite, so that kill -9 loses nothing."""

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class State:
    """Documents in a file, or nowhere when there is no path (tests and benchmarks)."""

    def __init__(self, path: Path | None) -> None:
        self._database: sqlite3.Connection | None = None
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it holds the signing key
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode=WAL")
        # The death of the process must lose nothing, that of the machine may: so no fsync.
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS document "
            "(kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def put(self, kind: str, key: str, document: Document) -> None:
        """Write a document; it counts from the next commit()."""
        if self._database is not None:
            self._database.execute(
                "INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (kind, key, json.dumps(document))
            )

    def delete(self, kind: str, key: str) -> None:
        """Forget a document, if it is there."""
        if self._database is not None:
            self._database.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))

    def delete_under(self, kind: str, prefix: str) -> None:
        """Forget every document of a kind whose key begins with the prefix."""
        if self._database is not None:
            self._database.execute(
                "DELETE FROM document WHERE kind = ? AND key >= ? AND key < ?",
                (kind, prefix, prefix + "\U0010ffff"),
            )

    def load(self, kind: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        """Return the documents of a kind whose key begins with the prefix, in the order of their keys."""
        if self._database is None:
            return
        rows = self._database.execute(
            "SELECT key, value FROM document WHERE kind = ? AND key >= ? AND key < ? ORDER BY key",
            (kind, prefix, prefix + "\U0010ffff"),
        )
        for key, value in rows:
            yield key, json.loads(value)

    def commit(self) -> None:
        """Make all that was put durable, as one step; called before an answer leaves."""
        if self._database is not None and self._database.in_transaction:
            self._database.commit()

    def close(self) -> None:
        """Commit and close the file."""
        if self._database is not None:
            self.commit()
            self._database.close()
            self._database = None
