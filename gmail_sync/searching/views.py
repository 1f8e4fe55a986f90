"""Search and views as JSON: from the mirror at once (`here=1`), or from Gmail itself.

A GET that changes rows: what Gmail found is kept (keeping.py), and what it cost is noted. Neither is anybody's to see.
"""

from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.pages.asked import asked_account
from gmail_sync.searching import answer
from gmail_sync.searching.query import Unusable, parse, zone_of
from gmail_sync.searching.wanted import Wanted, parse_view


@require_safe
@never_cache
def search(request: SignedInRequest) -> JsonResponse:
    """Answer a page of what is found, or of a `view`. 400 for a view that is none, no query, or a too long one."""
    account_id = asked_account(request)
    try:
        wanted = wanted_of(request, account_id)
    except Unusable as refusal:
        sentence = f"{str(refusal).capitalize()}."
        return JsonResponse({"reason": "query", "sentence": sentence}, status=400)
    if request.GET.get("here"):
        return JsonResponse(answer.from_mirror(request.user.pk, account_id, wanted))
    return JsonResponse(found_in_gmail(request, account_id, wanted))


def wanted_of(request: SignedInRequest, account_id: int | None) -> Wanted:
    """Return what `?view=` or `?q=` asks for. Raises Unusable."""
    if view := request.GET.get("view", ""):
        return parse_view(view, account_id)
    return Wanted(query=parse(request.GET.get("q", "")))


def found_in_gmail(request: SignedInRequest, account_id: int | None, wanted: Wanted) -> answer.Json:
    """Ask Gmail, for the page that `?after=` names, in the reader's zone `?tz=`. Raises BadRequest."""
    after = request.GET.get("after")
    places = answer.parse_places(after) if after else None
    return answer.from_gmail(request.user.pk, account_id, wanted, places, zone_of(request.GET.get("tz", "")))
