"""The conversation's page: headers from the mirror, a frame for each message that is open. It works without JavaScript.

The script (reader.js) opens conversations beside the list: it fetches this page, also when something changes in it.
"""

from typing import Any
from urllib.parse import quote
from zlib import crc32

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.gmail.values import usable_id
from gmail_sync.models import GmailAccount, Message, PictureSender
from gmail_sync.pages import listing
from gmail_sync.pages.inbox import page_of
from gmail_sync.pages.labels import own_labels
from gmail_sync.pages.plain import plain
from gmail_sync.pages.rows import NO_SENDER, NO_SUBJECT, date_of, gmail_url
from gmail_sync.reading import fetching
from gmail_sync.reading.answers import UNAVAILABLE, refusal
from gmail_sync.reading.listing import attached
from gmail_sync.reading.threads import in_time
from gmail_sync.reading.whole import lacking, lacks_its_beginning
from realtime.log import reading
from realtime.pieces import pieces

MOST_MESSAGES = 100  # the newest of a conversation
MOST_WHOLE = 500
WHOLE_THREAD_FROM = 3  # so many to open cost less in one call


@require_safe
@never_cache
def conversation(request: SignedInRequest, account_id: int, thread_id: str) -> HttpResponse:
    """Show a conversation: its unread messages and the newest are open. A script gets it without the page around it."""
    cursor = str(reading.head(request.user.pk))
    accounts = list(GmailAccount.objects.seen_by(request.user.pk).select_related("watch"))
    account = next((one for one in accounts if one.pk == account_id), None)
    if account is None:
        raise Http404("no such conversation")
    is_fetched = request.headers.get("Sec-Fetch-Dest") == "empty"
    try:
        messages, told = _gathered(account, thread_id, request.GET.get("whole") == "1")
    except Http404:
        if is_fetched or not (now := _moved_to(account, thread_id)):
            raise
        return HttpResponseRedirect(reverse("conversation", args=[account_id, now]))
    labels = own_labels(request.user.pk)
    there = {label for message in messages for label in message.label_ids}
    context = {
        **told,
        "account": account,
        "thread_id": thread_id,
        "subject": plain(messages[0].subject, messages[-1].subject, NO_SUBJECT),
        "gmail_url": f"{gmail_url(account.email)}#all/{quote(thread_id, safe='')}",
        "mail": _shown(request, messages),
        "own_labels": [label for label in labels.get(account_id, []) if label["id"] in there],
    }
    if is_fetched:
        return render(request, "gmail_sync/reader.html", context)
    shown = account_id if request.GET.get("account") == str(account_id) else None  # the list that one came from
    around = page_of(listing.blank(accounts, cursor), shown, labels)
    return render(request, "gmail_sync/conversation.html", {**around, **context, "empty": "no"})


@require_POST
def remember_sender(request: SignedInRequest, account_id: int, thread_id: str) -> HttpResponse:
    """Show this sender's pictures from now on, or no longer (`forget`); back to the conversation."""
    gmail_id = usable_id(request.POST.get("message"))
    visible = _messages(account_id, thread_id).visible_to(request.user.pk)
    message = visible.filter(gmail_id=gmail_id).first()
    if message is None:
        raise Http404("no such message")
    sender = {"user_id": request.user.pk, "address": message.sender_address.lower()[:320]}
    if "forget" in request.POST:
        PictureSender.objects.filter(**sender).delete()
    elif message.sender_address:
        PictureSender.objects.get_or_create(**sender)
    return HttpResponseRedirect(f"{reverse('conversation', args=[account_id, thread_id])}#m-{gmail_id}")


def _gathered(account: GmailAccount, thread_id: str, whole: bool) -> tuple[list[Message], dict[str, Any]]:
    """Return what is shown of the conversation, oldest first, and what is told of the rest.

    `whole` asks Gmail for what the mirror lacks: once for a page, and for what its script takes from it anew.
    """
    most = MOST_WHOLE if whole else MOST_MESSAGES
    messages = list(_messages(account.pk, thread_id).order_by("-internal_date", "-pk")[: most + 1])
    if not messages:
        raise Http404("no such conversation")
    sentence = ""
    if whole:
        try:
            messages += lacking(account, thread_id, messages)
        except UNAVAILABLE as error:
            sentence = refusal(error).sentence
    cut = len(messages) > most
    messages = sorted(messages, key=lambda message: (message.internal_date, message.pk or 0))[-most:]
    lacks = not whole and (cut or lacks_its_beginning(thread_id, messages))
    return messages, {"cut": cut, "whole": whole, "lacks": lacks, "not_whole": sentence}


def _moved_to(account: GmailAccount, thread_id: str) -> str:
    """Return where the conversation's first message is now: Gmail names a conversation by it, and may move it."""
    return account.messages.filter(gmail_id=thread_id).values_list("thread_id", flat=True).first() or ""


def _messages(account_id: int, thread_id: str) -> Any:
    """Return the conversation's messages; one that Gmail gave no thread is its own."""
    alone = Q(thread_id="", gmail_id=thread_id)
    return Message.objects.filter(Q(thread_id=thread_id) | alone, account__pk=account_id)  # views.py says why not _id


def _shown(request: SignedInRequest, messages: list[Message]) -> list[dict[str, Any]]:
    """Return what message.html shows of each."""
    asked = {name: request.GET.get(name, "") for name in ("open", "pictures", "files")}
    senders = _known_senders(request.user.pk, messages)
    is_open = [message.is_unread or message.gmail_id in asked.values() for message in messages]
    is_open[-1] = True
    together = "thread=1" if sum(is_open) >= WHOLE_THREAD_FROM else ""
    shown = []
    for message, opened in zip(messages, is_open, strict=True):
        remembered = message.sender_address.lower() in senders
        pictures = remembered or message.gmail_id == asked["pictures"]
        unstored = "" if message.pk else "whole=1"
        query = "&".join(filter(None, ["images=1" if pictures else "", together if opened else "", unstored]))
        address = reverse("message_body", args=[message.account_id, message.gmail_id])
        name = plain(message.sender_name, message.sender_address, message.sender, NO_SENDER)
        shown.append(
            {
                "row": message,
                "open": opened,
                "pictures": pictures,
                "remembered": remembered,
                "frame": f"{address}?{query}" if query else address,
                "sender": name,
                "address": plain(message.sender_address),
                "to": plain(message.recipients),
                "snippet": plain(message.snippet),
                "date": date_of(message.internal_date),
                "initials": "".join(word[0] for word in name.split()[:2]).upper(),
                "hue": crc32(message.sender_address.lower().encode("utf-8", "replace")) % 6 + 1,
                "files": _files(message) if message.gmail_id == asked["files"] else None,
            }
        )
    return shown


def _known_senders(user_id: int, messages: list[Message]) -> set[str]:
    addresses = {message.sender_address.lower() for message in messages}
    known = PictureSender.objects.filter(user_id=user_id)
    found = (known.filter(address__in=piece).values_list("address", flat=True) for piece in pieces(addresses))
    return {address for some in found for address in some}


def _files(message: Message) -> dict[str, Any]:
    """Return the attachments for a page that cannot ask for them itself."""
    try:
        return {"attachments": attached(message, in_time(fetching.mail_of, message))}
    except UNAVAILABLE as error:
        return {"sentence": refusal(error).sentence}
