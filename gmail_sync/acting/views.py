"""The addresses of acting: take an act, take one back, tell which are open, and the labels to choose from. All JSON."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gmail_sync.acting import asked, asking
from gmail_sync.acting.refusals import TOO_MANY, TOO_OFTEN, ActRefused
from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import GmailAccount, LabelAction, MailboxLabels
from gmail_sync.pages.labels import with_hues
from gmail_sync.querysets import from_now
from gmail_sync.schedule import wake_workers
from gmail_sync.states import ActionState

RELIST_SECONDS = 60  # a list of labels that is younger is not asked for again
MOST_OPEN = 100  # acts of one answer; each may be on a thousand messages


def _answering(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Answer a refusal with its status and reason."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except ActRefused as refused:
            refusal = refused.refusal
        except RequestDataTooBig:
            refusal = TOO_MANY
        headers = {"Retry-After": str(asking.MINUTE_SECONDS)} if refusal is TOO_OFTEN else None
        return JsonResponse({"reason": refusal.reason}, status=refusal.status, headers=headers)

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_answering
def actions(request: SignedInRequest) -> JsonResponse:
    """Take an act: 202, or 200 with the outcome of one that is known.

    GET: a hundred of those that wait, oldest first, to be shown again; `after` asks for the next ones.
    """
    if request.method == "POST":
        return _stored(*asking.ask(request.user.pk, asked.parse_act(request.body)))
    waiting = LabelAction.objects.filter(user=request.user, state=ActionState.WAITING, pk__gt=_after(request))
    page = list(waiting.order_by("pk").select_related("undoes")[: MOST_OPEN + 1])
    more = {"after": page[MOST_OPEN - 1].pk} if len(page) > MOST_OPEN else {}
    return JsonResponse({"open": [_open(action) for action in page[:MOST_OPEN]], **more})


@require_POST
@_answering
def undo(request: SignedInRequest, op: uuid.UUID) -> JsonResponse:
    """Take back what the user's act `op` really changed."""
    return _stored(*asking.undo(request.user.pk, op, asked.parse_undo(request.body)))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def labels(request: SignedInRequest, account_id: int) -> JsonResponse:
    """Tell the labels that were listed last. POST: have them listed again, too; `mailbox.labels` tells a change."""
    mine = GmailAccount.objects.filter(pk=account_id, users=request.user)
    if not mine.exists():
        raise Http404("no such mailbox")
    if request.method == "POST":
        fresh = MailboxLabels.objects.filter(account_id=account_id, listed_at__gt=from_now(-RELIST_SECONDS))
        if not fresh.exists() and mine.filter(labels_due=False).ask_labels():
            wake_workers()
    known = MailboxLabels.objects.filter(account_id=account_id).first()
    return JsonResponse({"account_id": account_id, "labels": with_hues(known.labels) if known else []})


def _after(request: HttpRequest) -> int:
    """Return the act after which the answer begins. Raises BadRequest for what is no number."""
    text = request.GET.get("after", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise BadRequest("not an act")
    return int(text)


def _stored(action: LabelAction, new: bool) -> JsonResponse:
    if new and action.state == ActionState.WAITING:
        return JsonResponse({"op": str(action.op), "state": action.state}, status=202)
    return JsonResponse(action.outcome())


def _open(action: LabelAction) -> dict[str, Any]:
    wanted = {"messages": action.message_ids, "add": action.add, "remove": action.remove}
    act = {"op": str(action.op), "account_id": action.account_id, "state": action.state, **wanted}
    if action.undoes is None:
        return act
    inverse = {gmail_id: [removed, added] for gmail_id, (added, removed) in action.undoes.changes.items()}
    return {**act, "undoes": str(action.undoes.op), "changes": inverse}
