"""`POST /presence/`: a page says that it is looked at, and hears who else looks. And what of it is shown at all."""

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

BODY_LIMIT = 500  # bytes; a beat has about 120
CLIENT = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)

page_pace = Pace(seconds=3)
session_pace = Pace(seconds=1, burst=rows.MOST_PAGES)  # so many pages beat less often, and may come back together


class Beat(NamedTuple):
    """The words of a page."""

    client: str
    room: str
    state: str
    inner: str


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
    if said.inner and not presence.is_conversation_of(account_id, said.inner):
        raise Http404("no such room")
    scene = rows.beat(request.user, session_key, *said)
    if scene is None:
        return HttpResponse(status=204)
    told = scene.payload_for(request.user.pk)
    return JsonResponse({**told, "again_in": rows.AGAIN_SECONDS, "shows_readers": scene.tells_inner})


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


@require_POST
def choose_readers(request: SignedInRequest, account_id: int) -> HttpResponse:
    """Let the members of a mailbox see who of them reads which conversation (`shown=yes`), or no longer."""
    shown = request.POST.get("shown") == "yes"
    if not presence.show_readers(request.user.pk, account_id, shown):
        raise Http404("no such mailbox")
    words = "Members now see who has which conversation open." if shown else "Nobody sees any more who reads what."
    messages.success(request, words)
    return redirect("accounts")


def _is_slow_enough(session_key: str, client: str) -> bool:
    return page_pace.allows(f"{session_key} {client}") and session_pace.allows(session_key)


def _said(body: bytes) -> Beat:
    try:
        words: Any = json.loads(body) if len(body) <= BODY_LIMIT else None
        said = Beat(words["client"], words["room"], words["state"], words.get("inner", ""))
        texts = isinstance(said.room, str) and isinstance(said.inner, str)
        readable = bool(CLIENT.fullmatch(said.client)) and texts
    except (ValueError, KeyError, TypeError, AttributeError):
        readable = False
    if not readable or said.state not in (*STATES, LEFT):
        raise BadRequest("not a beat")
    return said
