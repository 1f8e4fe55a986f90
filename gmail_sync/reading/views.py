"""One message's addresses: its body for a frame, its attachments, its source. Only members of its mailbox get any.

No GET changes anything: a mail whose pictures are wanted may name our own addresses as pictures.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import GmailAccount, Message
from gmail_sync.reading import fetching
from gmail_sync.reading.answers import UNAVAILABLE, refusal
from gmail_sync.reading.document import document_of, refused_document
from gmail_sync.reading.downloads import LARGE_BYTES
from gmail_sync.reading.listing import attached
from gmail_sync.reading.names import file_name
from gmail_sync.reading.sending import DOWNLOAD, refused, refused_headers, sent
from gmail_sync.reading.threads import in_time

WARM_UNITS = 600.0  # reading ahead stops at half of the readers' minute
FRAMES = {"iframe", "frame", "empty"}
View = Callable[..., HttpResponseBase]


def of_message(view: View) -> View:
    """Give the view the message of the address; 404 for one that is not theirs as for one that is not there."""

    @require_safe
    @wraps(view)
    def with_message(request: SignedInRequest, account_id: int, gmail_id: str, **more: str) -> HttpResponseBase:
        visible = Message.objects.visible_to(request.user.pk).select_related("account")
        # Not `account_id`: by that Django hands a number that no column holds to the database, which refuses it.
        message = visible.filter(account__pk=account_id, gmail_id=gmail_id).first()
        if message is None and "whole" in request.GET:
            message = _unstored(request.user.pk, account_id, gmail_id)
        if message is None:
            raise Http404("no such message")
        return view(request, message, **more)

    return with_message


def _unstored(user_id: int, account_id: int, gmail_id: str) -> Message | None:
    """Return a message that only Gmail has, of a conversation that is read whole (whole.py), to a member."""
    account = GmailAccount.objects.filter(pk=account_id, users=user_id).first()
    return Message(account=account, gmail_id=gmail_id, internal_date=0, history_id=0) if account else None


@of_message
def body(request: SignedInRequest, message: Message) -> HttpResponse:
    """Answer the mail for its frame: `?images=1` with remote pictures; `?warm=1` only reads it ahead (204)."""
    wanted_by = request.headers.get("Sec-Fetch-Dest")
    if wanted_by == "document":
        thread = message.thread_id or message.gmail_id
        return HttpResponseRedirect(reverse("conversation", args=[message.account_id, thread]))
    if wanted_by and wanted_by not in FRAMES:
        return HttpResponse(status=403, headers=DOWNLOAD)
    if "warm" in request.GET:
        return _warm(message)
    with_pictures = request.GET.get("images") == "1"
    try:
        mail = in_time(fetching.mail_of, message, request.GET.get("thread") == "1")
    except UNAVAILABLE as error:
        return refused_document(request, message, refusal(error))
    return document_of(request, message, mail, with_pictures)


def _warm(message: Message) -> HttpResponse:
    with suppress(*UNAVAILABLE):  # whoever opens it is told
        in_time(fetching.mail_of, message, limit=WARM_UNITS)
    return HttpResponse(status=204)


@of_message
def parts(request: SignedInRequest, message: Message) -> HttpResponse:
    """List the attachments as JSON."""
    try:
        return JsonResponse({"attachments": attached(message, in_time(fetching.mail_of, message))}, headers=DOWNLOAD)
    except UNAVAILABLE as error:
        why = refusal(error)
        document = {"reason": why.reason, "sentence": why.sentence}
        return JsonResponse(document, status=why.status, headers=refused_headers(why))


@of_message
def part(request: SignedInRequest, message: Message, part_id: str) -> HttpResponseBase:
    """Download one part; a picture is shown when this message's own frame asks for it so."""
    try:
        asked = in_time(fetching.part_of, message, part_id)
    except UNAVAILABLE as error:
        return refused(refusal(error))
    if asked is None:
        raise Http404("no such part")
    headers = _saved_as(file_name(asked))
    if asked.image_type and "inline" in request.GET and request.headers.get("Sec-Fetch-Dest", "image") == "image":
        headers = {"Content-Type": asked.image_type}
    large = asked.octets is None and asked.size > LARGE_BYTES
    return sent(request.user.pk, partial(fetching.octets_of, message, part_id), headers, large)


@of_message
def raw(request: SignedInRequest, message: Message) -> HttpResponseBase:
    """Show the message's source as text; `?download=1` gives it as a file."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if "download" in request.GET:
        headers = _saved_as(f"{message.gmail_id}.eml")
    return sent(request.user.pk, partial(fetching.source_of, message.account, message.gmail_id), headers, large=True)


def _saved_as(name: str) -> dict[str, str]:
    disposition = content_disposition_header(True, name) or "attachment"
    return {"Content-Type": "application/octet-stream", "Content-Disposition": disposition}
