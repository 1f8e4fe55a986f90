"""`POST /presence/`: a page says that it is looked at, and hears who else looks. And whether one is shown at all."""

import json
import re
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from gmail_sync import presence
from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import GmailAccount
from realtime.presence import rows
from realtime.presence.pace import Pace
from realtime.presence.scenes import LEFT, STATES

BODY_LIMIT = 500  # bytes; a beat has about 80
CLIENT = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)

page_pace = Pace(seconds=3)
session_pace = Pace(seconds=1, burst=rows.MOST_PAGES)  # so many pages beat less often, and may come back together


class Beat(NamedTuple):
    """The words of a page."""

    client: str
    room: str
    state: str


@require_POST
@never_cache
def beat(request: SignedInRequest) -> HttpResponse:
    """Take note of the page's state and answer who else is there; 204 if nobody else can be."""
    said = _said(request.body)
    session_key = request.session.session_key or ""
    if said.state != LEFT and not _is_slow_enough(session_key, said.client):
        return HttpResponse(status=429, headers={"Retry-After": str(int(page_pace.seconds))})
    account_id = presence.account_id_of(said.room)
    if account_id is None or not GmailAccount.objects.filter(pk=account_id, users=request.user).exists():
        raise Http404("no such room")
    scene = rows.beat(request.user, session_key, *said)
    if scene is None:
        return HttpResponse(status=204)
    return JsonResponse({**scene.payload_for(request.user.pk), "again_in": rows.AGAIN_SECONDS})


@require_POST
def choose(request: SignedInRequest) -> HttpResponse:
    """Show the user to their colleagues (`shown=yes`), or hide them."""
    if request.POST.get("shown") == "yes":
        rows.show(request.user)
        messages.success(request, "Your colleagues see when you have a shared mailbox open.")
    else:
        rows.hide(request.user)
        messages.success(request, "Nobody sees when you have a mailbox open, and you see nobody.")
    return redirect("accounts")


def _is_slow_enough(session_key: str, client: str) -> bool:
    return page_pace.allows(f"{session_key} {client}") and session_pace.allows(session_key)


def _said(body: bytes) -> Beat:
    try:
        words: Any = json.loads(body) if len(body) <= BODY_LIMIT else None
        said = Beat(words["client"], words["room"], words["state"])
        readable = bool(CLIENT.fullmatch(said.client)) and isinstance(said.room, str)
    except (ValueError, KeyError, TypeError):
        readable = False
    if not readable or said.state not in (*STATES, LEFT):
        raise BadRequest("not a beat")
    return said
