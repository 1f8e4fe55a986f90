"""Answer with a file of a mail: small ones at once, large ones as downloads (downloads.py)."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from gmail_sync.reading.answers import UNAVAILABLE, Refusal, refusal
from gmail_sync.reading.downloads import LARGE_BYTES, Download, downloads
from gmail_sync.reading.threads import in_time, one_large

DOWNLOAD = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
MANY = Refusal(503, "downloads", "Other large files are on their way. This one can be had in a minute.", 60)


def sent(user_id: int, fetch: Callable[[], bytes | None], headers: dict[str, str], large: bool) -> HttpResponseBase:
    """Answer with the octets that `fetch` gets from Gmail, 404 for None; `large` ones wait for a place."""
    download = downloads.begin(user_id) if large else None
    if large and download is None:
        return refused(MANY)
    try:
        with one_large() if large else nullcontext():
            octets = in_time(fetch)
        if octets is None:
            raise Http404("no such part")
    except BaseException as error:
        if download:
            download.close()
        if isinstance(error, UNAVAILABLE):
            return refused(refusal(error))
        raise
    return _answer(octets, {**DOWNLOAD, **headers}, download)


def _answer(octets: bytes, headers: dict[str, str], download: Download | None) -> HttpResponseBase:
    if download and len(octets) > LARGE_BYTES:
        download.octets = octets
        return StreamingHttpResponse(download, headers={**headers, "Content-Length": str(len(octets))})
    if download:
        download.close()
    return HttpResponse(octets, headers=headers)


def refused(refusal: Refusal) -> HttpResponse:
    """Answer with the sentence as text."""
    sentence = f"{refusal.sentence}\n"
    return HttpResponse(sentence, status=refusal.status, content_type="text/plain", headers=refused_headers(refusal))


def refused_headers(refusal: Refusal) -> dict[str, Any]:
    """Return the headers of a refusal, of whatever type its answer is."""
    return {**DOWNLOAD, "Retry-After": str(refusal.retry_after)} if refusal.retry_after else DOWNLOAD
