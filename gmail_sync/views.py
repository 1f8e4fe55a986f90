"""The pages: the inbox, its list as JSON, and the mailboxes. Users see the mailboxes that they are members of."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import GmailAccount
from gmail_sync.pages import cards, listing
from gmail_sync.pages.phrases import PHRASES
from gmail_sync.pages.rows import blank_row, conversations_of, days_of, row_of
from gmail_sync.states import AccountState
from realtime.log import reading
from realtime.presence import rows as presence_rows


@require_safe
@never_cache  # a page that comes back from a cache after a logout would show mail
def inbox(request: SignedInRequest) -> HttpResponse:
    """Show the inbox, its first page of messages as rows."""
    account_id = _asked_account(request)
    page = _read_listing(request, account_id)
    accounts = {account["id"]: account for account in page["accounts"]}
    conversations = conversations_of(page.pop("messages"))
    rows = [row_of(messages, accounts[messages[0]["account_id"]]) for messages in conversations]
    context = {
        "listing": page,
        "days": days_of(rows),
        "blank_day": {"key": "", "words": "", "rows": []},
        "blank_row": blank_row(),
        # A row tells one message; what it cannot tell comes beside it.
        "in_conversations": [message for messages in conversations if len(messages) > 1 for message in messages],
        "phrases": PHRASES,
        "shown": accounts.get(account_id),
        "account_id": account_id,
        "before": request.GET.get("before", ""),
        "late_words": cards.LATE_WORDS,
        "late": {pk: cards.late_words(account["late"]) for pk, account in accounts.items() if account["late"]},
        "several": len(accounts) > 1,
        "empty": "no" if rows else _empty_reason(page["accounts"]),
    }
    return render(request, "gmail_sync/inbox.html", context)


@require_safe
@never_cache
def messages(request: SignedInRequest) -> JsonResponse:
    """Answer a page of the list as JSON: the first one, or the one after `?before=`."""
    return JsonResponse(_read_listing(request, _asked_account(request)))


@require_safe
@never_cache
def accounts(request: SignedInRequest) -> HttpResponse:
    """Show the user's mailboxes and the state of each."""
    cursor = reading.head(request.user.pk)
    mailboxes = GmailAccount.objects.seen_by(request.user.pk).select_related("watch")
    shares = any(account.shared for account in mailboxes)
    context = {
        "cursor": cursor,
        "cards": [cards.card_of(account) for account in mailboxes],
        "state_words": cards.STATE_WORDS,
        "late_words": cards.LATE_WORDS,
        "accounts": [{"id": account.pk, "email": account.email, "state": account.state} for account in mailboxes],
        "shares": shares,
        "hides": shares and presence_rows.hides(request.user),
    }
    return render(request, "gmail_sync/accounts.html", context)


def _read_listing(request: SignedInRequest, account_id: int | None) -> dict[str, Any]:
    before = request.GET.get("before")
    return listing.read(request.user.pk, account_id, listing.parse_position(before) if before else None)


def _asked_account(request: SignedInRequest) -> int | None:
    asked = request.GET.get("account")
    if not asked:
        return None
    if not _is_number(asked) or not GmailAccount.objects.filter(pk=int(asked), users=request.user).exists():
        raise Http404("no such mailbox")
    return int(asked)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 20 and int(text) < 2**63  # as far as a column goes


def _empty_reason(accounts: list[dict[str, Any]]) -> str:
    if not accounts:
        return "no-mailbox"
    return "syncing" if any(account["state"] == AccountState.SYNCING for account in accounts) else "nothing"
