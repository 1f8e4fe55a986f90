"""Make the document that a frame shows: the rendered mail, or a sentence why there is none."""

import atexit
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe

from gmail_sync.models import Message
from gmail_sync.reading.answers import Refusal
from gmail_sync.reading.cleaners import Cleaners
from gmail_sync.reading.leaf import Part
from gmail_sync.reading.parts import Mail, text_of
from gmail_sync.reading.rendering import Rendered, Source

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"  # never a script
_cleaners = Cleaners()
atexit.register(_cleaners.close)


def frame_policy(request: HttpRequest, message: Message, with_pictures: bool) -> dict[str, str]:
    """Return the headers of a frame's document: nothing in it runs or asks, but for this message's own pictures."""
    pictures = request.build_absolute_uri(reverse("message_parts", args=[message.account_id, message.gmail_id]))
    policy = {
        "sandbox": SANDBOX,
        "default-src": "'none'",
        "img-src": f"{pictures}{' https:' if with_pictures else ''}",
        "style-src": "'unsafe-inline'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def document_of(request: HttpRequest, message: Message, mail: Mail, with_pictures: bool) -> HttpResponse:
    """Return the mail as a document of its own."""
    address = request.build_absolute_uri(reverse("message_parts", args=[message.account_id, message.gmail_id]))
    unstored = "" if message.pk else "&whole=1"  # only Gmail has it (whole.py)
    addresses = {name: f"{address}{part.part_id}/?inline=1{unstored}" for name, part in mail.pictures.items()}
    rendered = render(mail, addresses, with_pictures)
    return _answered(request, message, rendered, with_pictures)


def render(mail: Mail, addresses: Mapping[str, str], with_pictures: bool) -> Rendered:
    """Render the mail in a process that cleans."""
    return _cleaners.render(
        [_source(section.html, section.plain) for section in mail.sections], addresses, with_pictures
    )


def refused_document(request: HttpRequest, message: Message, refusal: Refusal) -> HttpResponse:
    """Return the sentence, and what the mirror knows of the mail."""
    context = {"refusal": refusal, "snippet": message.snippet, "retry": refusal.retry_after}
    answer = HttpResponse(
        render_to_string("gmail_sync/mail_body.html", context),
        status=refusal.status,
        headers=frame_policy(request, message, False),
    )
    if refusal.retry_after:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _answered(request: HttpRequest, message: Message, rendered: Rendered, with_pictures: bool) -> HttpResponse:
    # Safe is what clean.py and text.py wrote; the styles can end no element (clean.py).
    context = {
        "rendered": rendered,
        "html": mark_safe(rendered.html),  # nosec B308 B703
        "styles": mark_safe(rendered.styles),  # nosec B308 B703
        "held": rendered.pictures if not with_pictures else 0,
        "retry": rendered.retry_after,
    }
    page = render_to_string("gmail_sync/mail_body.html", context)
    return HttpResponse(page.encode("utf-8", "replace"), headers=frame_policy(request, message, with_pictures))


def _source(html: Part | None, plain: Part | None) -> Source:
    too_large = any(part is not None and part.octets is None for part in (html, plain))
    return Source(_text(html), _text(plain), too_large, plain.flow if plain else "")


def _text(part: Part | None) -> str | None:
    if part is None or part.octets is None:
        return None
    return text_of(part.octets, part.charset).encode("utf-8", "replace").decode()  # no lone surrogates
