"""Rows are conversations, and stand under the names of their days (rows.py, days.py)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gmail_sync.pages.days import day_of
from gmail_sync.pages.rows import conversations_of, days_of, row_of

ACCOUNT = {"id": 7, "email": "ann@x.example", "short": "ann@"}
THURSDAY = datetime(2026, 11, 26, 12, tzinfo=UTC)


def message(id_: str, thread: str, name: str = "Ann Lee", *labels: str, account_id: int = 7) -> dict[str, Any]:
    texts = {"from": "", "from_name": name, "from_address": "a@x.example", "subject": id_, "snippet": "text"}
    return {"id": id_, "thread_id": thread, "account_id": account_id, "label_ids": labels, "internal_date": 1, **texts}


def test_it_groups_messages_by_conversation_and_keeps_their_order() -> None:
    messages = [message("5", "a"), message("4", "b"), message("3", "a"), message("2", "a", account_id=8)]
    messages += [message("1", ""), message("0", "")]  # a message without a conversation is one of its own
    grouped = [[one["id"] for one in group] for group in conversations_of(messages)]
    assert grouped == [["5", "3"], ["4"], ["2"], ["1"], ["0"]]


def test_a_row_tells_its_newest_message_and_what_is_true_of_any() -> None:
    conversation = [message("3", "a", "Ann Lee"), message("2", "a", "Ben Ode", "UNREAD"), message("1", "a", "Ann Lee")]
    row = row_of(conversation, ACCOUNT)
    assert (row["key"], row["subject"], row["labels"], row["count"]) == ("7:3", "3", "", 3)
    assert (row["flags"], row["sender"], row["address"]) == ("unread", "Ann, Ben", "/conversations/7/a/")
    assert row_of(conversation[1:2], ACCOUNT)["sender"] == "Ben Ode"


@pytest.mark.parametrize(
    ("date", "key", "words"),
    [
        ("2027-01-01", "today", "Today"),
        ("2026-11-26", "today", "Today"),
        ("2026-11-25", "yesterday", "Yesterday"),
        ("2026-11-23", "week", "Earlier this week"),
        ("2026-11-22", "last-week", "Last week"),
        ("2026-11-16", "last-week", "Last week"),
        ("2026-11-15", "2026-11", "November"),
        ("2025-02-01", "2025-02", "February 2025"),
        ("0001-01-01", "0001-01", "January 1"),
    ],
)
def test_it_calls_days_as_people_do(date: str, key: str, words: str) -> None:
    assert day_of(datetime.fromisoformat(f"{date}T12:00+00:00"), THURSDAY) == (key, words)


def test_a_day_has_one_heading() -> None:
    dates = [datetime(1990, 5, day, tzinfo=UTC) for day in (9, 8)] + [datetime(1990, 4, 1, tzinfo=UTC)]
    days = days_of([{"date": date} for date in dates])
    assert [(day["key"], len(day["rows"])) for day in days] == [("1990-05", 2), ("1990-04", 1)]
