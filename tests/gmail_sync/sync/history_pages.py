"""Gives pages of Gmail's history, as large as a test likes."""

import json
from typing import Any


def answer(records: list[dict[str, Any]], newest: int, **more: str) -> str:
    return json.dumps({"history": records, "historyId": str(newest), **more})


def changes(record_id: int, gmail_ids: list[str]) -> dict[str, Any]:
    """A record in which each of them was starred."""
    entries = [{"message": {"id": i, "threadId": "t"}, "labelIds": ["STARRED"]} for i in gmail_ids]
    return {"id": str(record_id), "labelsAdded": entries}
