"""What a search or a view has found, as the page shows it: rows that say where they lie, and who has answered."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.http import Http404

from gmail_sync.pages.phrases import PHRASES
from gmail_sync.pages.rows import conversations_of, days_of, row_of
from gmail_sync.searching.wanted import VIEWS, Wanted

Json = dict[str, Any]
Labels = dict[int, list[Json]]  # by mailbox (labels.py)

WORDS, VIEW_WORDS = PHRASES["search"], PHRASES["views"]


def shown(wanted: Wanted, answer: Json, accounts: dict[int, Json], account_id: int | None, labels: Labels) -> Json:
    """Return what found.html shows of an answer of the search; a mailbox that was just joined is left out.

    Raises Http404 for a label that the mailbox has not.
    """
    messages = [message for message in answer["messages"] if message["account_id"] in accounts]
    rows = [_row(wanted, some, accounts, labels) for some in conversations_of(messages)]
    of_mailbox = {"account": account_id} if account_id else {}
    asked = {"view": wanted.view} if wanted.view else {"q": wanted.query}
    return {
        "title": title_of(wanted, labels.get(account_id or 0, [])),
        "view": wanted.view,
        "days": days_of(rows),
        "count": _count(wanted, answer, len(rows)),
        "told": [_told(one, accounts[one["id"]]) for one in answer["accounts"] if one["id"] in accounts],
        "more": answer["after"] and urlencode({**asked, "after": answer["after"], **of_mailbox}),
        "answer": answer,
    }


def title_of(wanted: Wanted, labels: list[Json]) -> str:
    """Return the heading: the words of the query, or the name of the view. Raises Http404 for no label of these."""
    if not wanted.view:
        return wanted.query
    if wanted.view in VIEWS:
        return str(VIEW_WORDS["names"][wanted.view])
    name = next((label["name"] for label in labels if label["id"] == wanted.view), None)
    if name is None:
        raise Http404("no such label")
    return str(name)


def _count(wanted: Wanted, answer: Json, count: int) -> str:
    if wanted.view:
        time = f"{datetime.fromisoformat(answer['at']):%H:%M} UTC"
        return str(VIEW_WORDS["as_of"]).format(time=time)
    return str(WORDS["found"]["one" if count == 1 else "other"]).format(n=count)


def _row(wanted: Wanted, messages: list[Json], accounts: dict[int, Json], labels: Labels) -> Json:
    account, newest = accounts[messages[0]["account_id"]], messages[0]
    row = row_of(messages, account, labels.get(account["id"], []))
    if not any(message["kept"] for message in messages):
        row |= {"address": f"{account['gmail_url']}#all/{quote(newest['thread_id'] or newest['id'], safe='')}"}
    return row | {"place": _place(newest, wanted.labels), "of": "found-", "elsewhere": not newest["kept"]}


def _place(message: Json, of_view: tuple[str, ...]) -> str:
    """Return where it lies, but for the inbox and what the view says already."""
    if message["in_inbox"]:
        return ""
    places: dict[str, str] = WORDS["places"]
    found = next((place for place in places if place in message["label_ids"]), "other")
    return "" if found in of_view else places[found]


def _told(one: Json, account: Json) -> str:
    words: str = WORDS["states"].get(one["state"], "")
    return words.format(mailbox=account["short"], seconds=one["retry_after"])
