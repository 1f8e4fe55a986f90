"""The list of messages, page by page, with the counts and the mailboxes behind it."""

import re
from dataclasses import asdict
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q

from gmail_sync.models import GmailAccount, Message
from gmail_sync.pages import lateness, totals
from gmail_sync.pages.rows import gmail_url
from realtime.log import reading

PAGE_SIZE = 50
Position = tuple[int, int]  # a message's internal_date and its primary key

_POSITION = re.compile(r"(-?[0-9]{1,19})-([0-9]{1,19})")
_COLUMN = range(-(2**63), 2**63)


def read(user_id: int, account_id: int | None, before: Position | None) -> dict[str, Any]:
    """Return one page of the list as JSON carries it (docs/events.md): the newest messages, or those after `before`.

    `cursor` is read before the rows and `head` after them (RULES R9): every event up to `cursor` is in the answer,
    none above `head` is, and those between may be.
    """
    cursor = reading.head(user_id)
    accounts = list(GmailAccount.objects.seen_by(user_id).select_related("watch"))
    visible = Message.objects.visible_to(user_id)
    counted = totals.of_mailboxes(accounts, visible)
    shown = [counts for pk, counts in counted.items() if account_id in (None, pk)]
    if account_id is not None:
        visible = visible.filter(account_id=account_id)
    rows = visible.inbox()
    if before is not None:
        date, pk = before
        rows = rows.filter(Q(internal_date__lt=date) | Q(internal_date=date, pk__lt=pk))
    page = list(rows[: PAGE_SIZE + 1])
    known = [message for message in page[:PAGE_SIZE] if message.account_id in counted]  # others have just been joined
    return {
        "cursor": str(cursor),
        "messages": [{**message.as_json(), "account_id": message.account_id} for message in known],
        "older": _position(page[PAGE_SIZE - 1]) if len(page) > PAGE_SIZE else None,
        "unread": sum(counts.unread for counts in shown),
        "exact": all(counts.exact for counts in shown),
        "accounts": [{**_account(account, accounts), **asdict(counted[account.pk])} for account in accounts],
        "head": str(reading.head(user_id)),
    }


def blank(accounts: list[GmailAccount], cursor: str) -> dict[str, Any]:
    """Return what a page begins with that shows something else first: no messages yet, and nothing counted."""
    uncounted = asdict(totals.NOT_COUNTED)
    return {
        "cursor": cursor,
        "messages": [],
        "older": None,
        "unread": 0,
        "exact": False,
        "accounts": [{**_account(account, accounts), **uncounted} for account in accounts],
        "head": cursor,
    }


def _account(account: GmailAccount, others: list[GmailAccount]) -> dict[str, Any]:
    return {
        "id": account.pk,
        "email": account.email,
        "short": _short(account.email, [other.email for other in others]),
        "gmail_url": gmail_url(account.email),
        "state": account.state,
        "can_act": account.can_act,
        "done": account.backfill_done,
        "total": account.backfill_total,
        "late": lateness.late_mailbox(account),
        "shared": account.shared,
    }


def _short(email: str, emails: list[str]) -> str:
    """Return "team@", or the whole address where two mailboxes would be called alike."""
    name, at, _ = email.rpartition("@")
    return name + at if sum(other.rpartition("@")[0] == name for other in emails) == 1 else email


def parse_position(text: str) -> Position:
    """Return the position that `older` of an answer names. Raises BadRequest for any other text."""
    match = _POSITION.fullmatch(text)
    if match is None or int(match[1]) not in _COLUMN or int(match[2]) not in _COLUMN:
        raise BadRequest("not a position in the list")
    return int(match[1]), int(match[2])


def _position(message: Message) -> str:
    """Return a text, since some dates do not fit into a browser's numbers; dates before 1970 are negative."""
    return f"{message.internal_date}-{message.pk}"
