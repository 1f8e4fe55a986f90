"""The pages: the inbox, its list as JSON, and the mailboxes. Users see the mailboxes that they are members of."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import GmailAccount
from gmail_sync.pages import cards, found, listing
from gmail_sync.pages.asked import asked_account
from gmail_sync.pages.inbox import page_of
from gmail_sync.pages.labels import own_labels
from gmail_sync.pages.phrases import PHRASES
from gmail_sync.searching.query import Unusable
from gmail_sync.searching.views import found_in_gmail, wanted_of
from realtime.log import reading
from realtime.presence import rows as presence_rows


@require_safe
@never_cache  # a page that comes back from a cache after a logout would show mail
def inbox(request: SignedInRequest) -> HttpResponse:
    """Show the inbox, its first page of messages as rows; with `?q=` or `?view=` what that finds in its place."""
    account_id = asked_account(request)
    page = _read_listing(request, account_id)
    accounts = {account["id"]: account for account in page["accounts"]}
    labels = own_labels(request.user.pk)
    context = page_of(page, account_id, labels, request.GET.get("before", ""))
    return render(request, "gmail_sync/inbox.html", context | _found(request, account_id, accounts, labels))


@require_safe
@never_cache
def messages(request: SignedInRequest) -> JsonResponse:
    """Answer a page of the list as JSON: the first one, or the one after `?before=`."""
    return JsonResponse(_read_listing(request, asked_account(request)))


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
        "phrases": PHRASES,
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


def _found(
    request: SignedInRequest, account_id: int | None, accounts: dict[int, found.Json], labels: found.Labels
) -> dict[str, Any]:
    """Return what `?q=` or `?view=` finds in all mail, for a page in whose address one of them stands."""
    try:
        wanted = wanted_of(request, account_id)
    except Unusable:
        return {"query": "", "found": None}
    found.title_of(wanted, labels.get(account_id or 0, []))  # before Gmail is asked
    told = found_in_gmail(request, account_id, wanted)
    return {"query": wanted.query, "found": found.shown(wanted, told, accounts, account_id, labels)}
