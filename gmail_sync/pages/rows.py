"""The rows that the server draws, one a conversation. The page's script takes them over and draws the later ones
(conversations.js, rows.js)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from gmail_sync.models import Message
from gmail_sync.pages.days import day_of
from gmail_sync.pages.plain import plain

# The years 1 to 9999: Python knows no other date. The script reads the limits from the blank row.
FIRST_DATE_MS, LAST_DATE_MS = -62_135_596_800_000, 253_402_300_799_999
NO_SUBJECT, NO_SENDER = "(no subject)", "(no sender)"  # screen readers skip a link without a text

Json = dict[str, Any]


def gmail_url(email: str) -> str:
    """Return the address of a mailbox in Gmail, which `#inbox` or `#all/THREAD` completes."""
    return f"https://mail.google.com/mail/?authuser={quote(email, safe='')}"


def conversations_of(messages: Iterable[Json]) -> list[list[Json]]:
    """Group messages, newest first, by their conversation; each group and the groups keep that order."""
    groups: dict[tuple[int, str], list[Json]] = {}
    for message in messages:
        groups.setdefault((message["account_id"], message["thread_id"] or message["id"]), []).append(message)
    return list(groups.values())


def days_of(rows: Iterable[Json]) -> list[Json]:
    """Group rows, newest first, under the headings that people call their days by, in UTC."""
    days: list[Json] = []
    for row in rows:
        key, words = day_of(row["date"])
        if not days or days[-1]["key"] != key:
            days.append({"key": key, "words": words, "rows": []})
        days[-1]["rows"].append(row)
    return days


def row_of(messages: list[Json], account: Json, labels: Iterable[Json] = ()) -> Json:
    """Return what row.html shows of a conversation, newest message first, and what the script needs to know of it.

    `labels` are the mailbox's own ones (labels.py).
    """
    newest = messages[0]
    there = {label for message in messages for label in message["label_ids"]}
    flags = [flag for flag in ("UNREAD", "STARRED") if flag in there]
    key = f"{account['id']}:{newest['id']}"
    return {
        "key": key,
        "thread": newest["thread_id"],
        "internal_date": newest["internal_date"],
        "labels": " ".join(newest["label_ids"]),
        "own_labels": [label for label in labels if label["id"] in there],
        "flags": " ".join(flags).lower(),
        "starred": "STARRED" in flags,
        "sender": _senders(messages),
        "count": len(messages),
        "mailbox": account["short"],
        "mailbox_rest": account["email"].removeprefix(account["short"]),
        "subject": plain(newest["subject"], NO_SUBJECT),
        "snippet": plain(newest["snippet"]),
        "date": date_of(newest["internal_date"]),
        "address": f"/conversations/{account['id']}/{quote(newest['thread_id'] or newest['id'], safe='')}/",
    }


def blank_row() -> Json:
    """Return the row that the script fills in, with the words for what a message lacks."""
    row = row_of([Message(internal_date=0).as_json()], {"id": "", "email": "", "short": ""})
    return {**row, "first_date": FIRST_DATE_MS, "last_date": LAST_DATE_MS}


def _senders(messages: list[Json]) -> str:
    """Return the one sender in full, or the first names of several, oldest first."""
    named = [plain(m["from_name"], m["from_address"], m["from"], NO_SENDER) for m in reversed(messages)]
    names = list(dict.fromkeys(named))
    return names[0] if len(names) == 1 else ", ".join(map(_first_name, names))


def _first_name(name: str) -> str:
    """Return "Ann" of "Ann Lee", "Lee" of "Lee, Ann"; all of the words for nobody."""
    words = [name] if name == NO_SENDER else name.split(" ")
    return next(filter(plain, words), name).rstrip(",") or name


def date_of(milliseconds: int) -> datetime:
    """Return the date that a page shows, the nearest that Python knows."""
    milliseconds = min(max(milliseconds, FIRST_DATE_MS), LAST_DATE_MS)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
