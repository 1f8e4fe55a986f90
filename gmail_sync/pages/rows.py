"""The rows that the server draws. The page's script takes them over and draws the later ones (rows.js)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from gmail_sync.models import Message
from gmail_sync.pages.plain import plain

# The years 1 to 9999: Python knows no other date. The script reads the limits from the blank row.
FIRST_DATE_MS, LAST_DATE_MS = -62_135_596_800_000, 253_402_300_799_999
NO_SUBJECT, NO_SENDER = "(no subject)", "(no sender)"  # screen readers skip a link without a text


def gmail_url(email: str) -> str:
    """Return the address of a mailbox in Gmail, which `#inbox` or `#all/THREAD` completes."""
    return f"https://mail.google.com/mail/?authuser={quote(email, safe='')}"


def row_of(message: dict[str, Any], account: dict[str, Any]) -> dict[str, Any]:
    """Return what row.html shows of a message, and what the script needs to know about it."""
    flags = [flag for flag in ("UNREAD", "STARRED") if flag in message["label_ids"]]
    return {
        "key": f"{account['id']}:{message['id']}",
        "thread": message["thread_id"],
        "internal_date": message["internal_date"],
        "labels": " ".join(message["label_ids"]),
        "flags": " ".join(flags).lower(),
        "sender": plain(message["from_name"], message["from_address"], message["from"], NO_SENDER),
        "mailbox": account["email"],
        "subject": plain(message["subject"], NO_SUBJECT),
        "snippet": plain(message["snippet"]),
        "date": date_of(message["internal_date"]),
        "url": f"/conversations/{account['id']}/{quote(message['thread_id'] or message['id'], safe='')}/",
    }


def blank_row() -> dict[str, Any]:
    """Return the row that the script fills in, with the words for what a message lacks."""
    row = row_of(Message(internal_date=0).as_json(), {"id": "", "email": "", "gmail_url": ""})
    return {**row, "first_date": FIRST_DATE_MS, "last_date": LAST_DATE_MS}


def date_of(milliseconds: int) -> datetime:
    """Return the date that a page shows, the nearest that Python knows."""
    milliseconds = min(max(milliseconds, FIRST_DATE_MS), LAST_DATE_MS)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
