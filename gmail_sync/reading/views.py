"""One message's addresses: its body for a frame, its attachments, its source. Only members of its mailbox get any.

No GET changes anything: a mail whose pictures are wanted may name our own addresses as pictures.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import Message
from gmail_sync.reading import fetching
from gmail_sync.reading.answers import UNAVAILABLE, Refusal, refusal
from gmail_sync.reading.document import document_of, refused_document
from gmail_sync.reading.listing import attached
from gmail_sync.reading.names import file_name
from gmail_sync.reading.threads import in_time, one_download

WARM_UNITS = 600.0  # reading ahead stops at half of the readers' minute
FRAMES = {"iframe", "frame", "empty"}
DOWNLOAD = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
View = Callable[..., HttpResponse]


def of_message(view: View) -> View:
    """Give the view the message of the address; 404 for one that is not theirs as for one that is not there."""

    @require_safe
    @wraps(view)
    def with_message(request: SignedInRequest, account_id: int, gmail_id: str, **more: str) -> HttpResponse:
        visible = Message.objects.visible_to(request.user.pk).select_related("account")
        message = visible.filter(account_id=account_id, gmail_id=gmail_id).first()
        if message is None:
            raise Http404("no such message")
        return view(request, message, **more)

    return with_message


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
        refused = refusal(error)
        document = {"reason": refused.reason, "sentence": refused.sentence}
        return JsonResponse(document, status=refused.status, headers=_headers(refused))


@of_message
def part(request: SignedInRequest, message: Message, part_id: str) -> HttpResponse:
    """Download one part; a picture is shown when this message's own frame asks for it so."""
    try:
        with one_download():
            found = in_time(fetching.octets_of, message, part_id)
    except UNAVAILABLE as error:
        return _refused(refusal(error))
    if found is None:
        raise Http404("no such part")
    asked, octets = found
    shown = asked.is_inline_image and "inline" in request.GET
    if shown and request.headers.get("Sec-Fetch-Dest", "image") == "image":
        return HttpResponse(octets, content_type=asked.mime_type, headers=DOWNLOAD)
    return _download(octets, file_name(asked))


@of_message
def raw(request: SignedInRequest, message: Message) -> HttpResponse:
    """Show the message's source as text; `?download=1` gives it as a file."""
    try:
        with one_download():
            source = in_time(fetching.source_of, message.account, message.gmail_id)
    except UNAVAILABLE as error:
        return _refused(refusal(error))
    if "download" in request.GET:
        return _download(source, f"{message.gmail_id}.eml")
    return HttpResponse(source, content_type="text/plain; charset=utf-8", headers=DOWNLOAD)


def _download(octets: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(True, name) or "attachment"
    headers = {**DOWNLOAD, "Content-Disposition": disposition}
    return HttpResponse(octets, content_type="application/octet-stream", headers=headers)


def _refused(refused: Refusal) -> HttpResponse:
    sentence = f"{refused.sentence}\n"
    return HttpResponse(sentence, status=refused.status, content_type="text/plain", headers=_headers(refused))


def _headers(refused: Refusal) -> dict[str, Any]:
    return {**DOWNLOAD, "Retry-After": str(refused.retry_after)} if refused.retry_after else DOWNLOAD
