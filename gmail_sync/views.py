"""The pages: the inbox, its list as JSON, and the mailboxes. Each user sees the mailboxes he is a member of."""

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import GmailAccount, Message
from gmail_sync.pages import cards, lateness, totals
from gmail_sync.pages.plain import plain
from gmail_sync.states import AccountState
from realtime.log import eventlog

PAGE_SIZE = 50
# The years 1 to 9999: beyond them Python knows no date, and it is nobody's (in words.js, too).
FIRST_DATE_MS, LAST_DATE_MS = -62_135_596_800_000, 253_402_300_799_999
_POSITION = re.compile(r"(-?[0-9]{1,19})-([0-9]{1,19})")
_COLUMN = range(-(2**63), 2**63)
NO_SUBJECT, NO_SENDER = "(no subject)", "(no sender)"


@require_safe
@never_cache  # a page that comes back from a cache after a logout would show mail
def inbox(request: SignedInRequest) -> HttpResponse:
    """The inbox, with its first page of messages in it."""
    account_id = _asked_account(request)
    before = request.GET.get("before")
    listing = _read_listing(request.user.pk, account_id, _parse_position(before) if before else None)
    addresses = {account["id"]: account["email"] for account in listing["accounts"]}
    context = {
        "listing": listing,
        "rows": [_row(message, addresses) for message in listing["messages"]],
        "blank_row": _row({**Message(internal_date=0).as_json(), "account_id": 0}, addresses),
        "account_id": account_id,
        "before": before or "",
        "late_words": cards.LATE_WORDS,
        "late": {
            account["id"]: cards.late_words(account["late"]) for account in listing["accounts"] if account["late"]
        },
        "several": len(addresses) > 1,
        "empty": _empty_reason(listing),
    }
    return render(request, "gmail_sync/inbox.html", context)


@require_safe
@never_cache
def messages(request: SignedInRequest) -> JsonResponse:
    """A page of the list as JSON: the first one, or what follows `?before=`."""
    before = request.GET.get("before")
    listing = _read_listing(request.user.pk, _asked_account(request), _parse_position(before) if before else None)
    return JsonResponse(listing)


@require_safe
@never_cache
def accounts(request: SignedInRequest) -> HttpResponse:
    """The user's mailboxes and how each of them is doing."""
    cursor = eventlog.head(request.user.pk)
    mailboxes = GmailAccount.objects.filter(users=request.user).select_related("watch")
    context = {
        "cursor": cursor,
        "cards": [cards.card_of(account) for account in mailboxes],
        "state_words": cards.STATE_WORDS,
        "late_words": cards.LATE_WORDS,
        "accounts": [{"id": account.pk, "email": account.email, "state": account.state} for account in mailboxes],
    }
    return render(request, "gmail_sync/accounts.html", context)


def _asked_account(request: SignedInRequest) -> int | None:
    asked = request.GET.get("account")
    if not asked:
        return None
    if not _is_number(asked) or not GmailAccount.objects.filter(pk=int(asked), users=request.user).exists():
        raise Http404("no such mailbox")
    return int(asked)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 20 and int(text) < 2**63  # as far as a column goes


def _position(message: Message) -> str:
    """Where the list goes on after this message. A text: a browser's numbers are too short for some dates."""
    return f"{message.internal_date}-{message.pk}"


def _parse_position(text: str) -> tuple[int, int]:
    """What _position gave: the date, which is negative before 1970, and the key. Raises BadRequest."""
    match = _POSITION.fullmatch(text)
    if match is None or int(match[1]) not in _COLUMN or int(match[2]) not in _COLUMN:
        raise BadRequest("not a position in the list")
    return int(match[1]), int(match[2])


def _read_listing(user_id: int, account_id: int | None, before: tuple[int, int] | None) -> dict[str, Any]:
    """One page of the list, as the page's script takes it.

    `cursor` is read before the rows and `head` after them (RULES R9): every event up to `cursor` is in the answer,
    none above `head` is, and those between may be.
    """
    cursor = eventlog.head(user_id)
    mailboxes = list(GmailAccount.objects.filter(users=user_id).select_related("watch"))
    visible = Message.objects.visible_to(user_id)
    counted = totals.of_mailboxes(mailboxes, visible)
    shown = [counts for pk, counts in counted.items() if account_id in (None, pk)]
    if account_id is not None:
        visible = visible.filter(account_id=account_id)
    rows = visible.inbox()
    if before is not None:
        date, pk = before
        rows = rows.filter(Q(internal_date__lt=date) | Q(internal_date=date, pk__lt=pk))
    page = list(rows[: PAGE_SIZE + 1])
    older = _position(page[PAGE_SIZE - 1]) if len(page) > PAGE_SIZE else None
    return {
        "cursor": str(cursor),
        "messages": [{**message.as_json(), "account_id": message.account_id} for message in page[:PAGE_SIZE]],
        "older": older,
        "unread": sum(counts.unread for counts in shown),
        "exact": all(counts.exact for counts in shown),
        "accounts": [
            {
                "id": account.pk,
                "email": account.email,
                "state": account.state,
                "done": account.backfill_done,
                "total": account.backfill_total,
                "late": lateness.late_mailbox(account),
                **asdict(counted[account.pk]),
            }
            for account in mailboxes
        ],
        "head": str(eventlog.head(user_id)),
    }


def _row(message: dict[str, Any], addresses: dict[int, str]) -> dict[str, Any]:
    mailbox = addresses.get(message["account_id"], "")
    flags = [flag for flag in ("UNREAD", "STARRED") if flag in message["label_ids"]]
    return {
        "key": f"{message['account_id']}:{message['id']}",
        "flags": " ".join(flags).lower(),
        "sender": plain(message["from_name"] or message["from_address"] or message["from"], NO_SENDER),
        "mailbox": mailbox,
        "subject": plain(message["subject"], NO_SUBJECT),
        "snippet": plain(message["snippet"]),
        "date": _date(message["internal_date"]),
        "gmail_url": f"https://mail.google.com/mail/?authuser={quote(mailbox)}#all/{quote(message['thread_id'])}",
    }


def _date(milliseconds: int) -> datetime:
    milliseconds = min(max(milliseconds, FIRST_DATE_MS), LAST_DATE_MS)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _empty_reason(listing: dict[str, Any]) -> str:
    if not listing["accounts"]:
        return "no-mailbox"
    if listing["messages"]:
        return "no"
    syncing = any(account["state"] == AccountState.SYNCING for account in listing["accounts"])
    return "syncing" if syncing else "nothing"
