"""The conversation's page: headers from the mirror, a frame for each message that is open. It works without JavaScript.

The script (conversation.js) fetches the same page again when something changes, and takes what is new from it.
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
from gmail_sync.models import GmailAccount, Message, PictureSender
from gmail_sync.pages import cards
from gmail_sync.pages.plain import plain
from gmail_sync.pages.rows import NO_SENDER, NO_SUBJECT, date_of, gmail_url
from gmail_sync.reading import fetching
from gmail_sync.reading.answers import UNAVAILABLE, refusal
from gmail_sync.reading.listing import attached
from gmail_sync.reading.threads import in_time
from realtime.log import reading
from realtime.pieces import pieces

MOST_MESSAGES = 100  # the newest of a conversation
WHOLE_THREAD_FROM = 3  # so many to open cost less in one call


@require_safe
@never_cache
def conversation(request: SignedInRequest, account_id: int, thread_id: str) -> HttpResponse:
    """Show a conversation: its unread messages and the newest are open."""
    cursor = reading.head(request.user.pk)
    account = GmailAccount.objects.filter(pk=account_id, users=request.user).first()
    newest_first = _messages(account_id, thread_id).order_by("-internal_date", "-pk") if account else []
    messages = list(reversed(newest_first[: MOST_MESSAGES + 1]))
    if account is None or not messages:
        raise Http404("no such conversation")
    cut = len(messages) > MOST_MESSAGES
    messages = messages[-MOST_MESSAGES:]
    context = {
        "cursor": cursor,
        "account": account,
        "thread_id": thread_id,
        "subject": plain(messages[0].subject, messages[-1].subject, NO_SUBJECT),
        "cut": cut,
        "gmail_url": f"{gmail_url(account.email)}#all/{quote(thread_id, safe='')}",
        "late_words": cards.LATE_WORDS,
        "mail": _shown(request, messages),
    }
    return render(request, "gmail_sync/conversation.html", context)


@require_POST
def remember_sender(request: SignedInRequest, account_id: int, thread_id: str) -> HttpResponse:
    """Show this sender's pictures from now on, or no longer (`forget`); back to the conversation."""
    gmail_id = request.POST.get("message", "")
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


def _messages(account_id: int, thread_id: str) -> Any:
    """Return the conversation's messages; one that Gmail gave no thread is its own."""
    alone = Q(thread_id="", gmail_id=thread_id)
    return Message.objects.filter(Q(thread_id=thread_id) | alone, account_id=account_id)


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
        query = "&".join(filter(None, ["images=1" if pictures else "", together if opened else ""]))
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
