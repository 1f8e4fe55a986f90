"""Compare what happened to mail at Gmail with what members asked for."""

import json
from collections import Counter
from contextlib import closing
from typing import Any

from simulator.state import State
from tests.support.live import Stack
from tests.support.live_mailbox import query

Effects = Counter[tuple[str, str]]  # a message and how a label changed: ("18c2", "+STARRED")


def more_than_asked(stack: Stack, email: str, labels: set[str]) -> Effects:
    """Return the changes of these labels at Gmail beyond the acts that asked for them, each act counted once.

    Nobody else may have changed these labels.
    """
    return _happened(stack, email, labels) - _asked(stack, labels)


def _happened(stack: Stack, email: str, labels: set[str]) -> Effects:
    with closing(State(stack.directory / "simulator.sqlite3")) as state:
        records = [record for _, record in state.load("record", f"{email}/")]
    return Counter(
        (record["message_id"], f"{sign}{label}")
        for record in records
        for sign, changed in (("+", record["labels_added"]), ("-", record["labels_removed"]))
        for label in labels.intersection(changed)
    )


def _asked(stack: Stack, labels: set[str]) -> Effects:
    rows = query(stack, 'SELECT id, message_ids, "add", remove, undoes_id FROM gmail_sync_labelaction')
    acts = {pk: (_read(messages), _read(add), _read(remove)) for pk, messages, add, remove, _ in rows}
    asked: Effects = Counter()
    for pk, *_, undone in rows:
        messages, add, remove = acts[pk]
        if undone:
            _, remove, add = acts[undone]
        changes = [
            f"{sign}{label}" for sign, some in (("+", add), ("-", remove)) for label in labels.intersection(some)
        ]
        asked.update((message, change) for message in messages for change in changes)
    return asked


def _read(column: Any) -> Any:
    """SQLite keeps JSON as text."""
    return json.loads(column) if isinstance(column, str) else column
