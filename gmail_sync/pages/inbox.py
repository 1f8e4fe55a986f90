"""The inbox's page: the list, and what its script needs. A conversation stands beside it, or over it on a phone."""

from typing import Any

from gmail_sync.pages import cards
from gmail_sync.pages.phrases import PHRASES
from gmail_sync.pages.rows import blank_row, conversations_of, days_of, row_of
from gmail_sync.states import AccountState

Json = dict[str, Any]


def page_of(listing: Json, account_id: int | None, labels: dict[int, list[Json]], before: str = "") -> Json:
    """Return what inbox.html shows of a listing (listing.py), whose messages become rows; `labels` as in labels.py."""
    accounts = {account["id"]: account for account in listing["accounts"]}
    conversations = conversations_of(listing.pop("messages"))
    rows = [_row(messages, accounts, labels) for messages in conversations]
    return {
        "listing": listing,
        "days": days_of(rows),
        "blank_day": {"key": "", "words": "", "rows": []},
        "blank_row": blank_row(),
        # A row tells one message; what it cannot tell comes beside it.
        "in_conversations": [message for messages in conversations if len(messages) > 1 for message in messages],
        "labels": {pk: labels.get(pk, []) for pk in accounts},
        "labelled": [(account, labels.get(pk, [])) for pk, account in accounts.items() if account_id in (None, pk)],
        "phrases": PHRASES,
        "shown": accounts.get(account_id),
        "account_id": account_id,
        "before": before,
        "late_words": cards.LATE_WORDS,
        "late": {pk: cards.late_words(account["late"]) for pk, account in accounts.items() if account["late"]},
        "several": len(accounts) > 1,
        "unread_of_all": sum(account["unread"] for account in accounts.values()),
        "empty": "no" if rows else _empty_reason(listing["accounts"]),
    }


def _row(messages: list[Json], accounts: dict[int, Json], labels: dict[int, list[Json]]) -> Json:
    pk = messages[0]["account_id"]
    return row_of(messages, accounts[pk], labels.get(pk, []))


def _empty_reason(accounts: list[Json]) -> str:
    if not accounts:
        return "no-mailbox"
    return "syncing" if any(account["state"] == AccountState.SYNCING for account in accounts) else "nothing"
