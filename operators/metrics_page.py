"""`/metrics`: the counts of all processes, and the state of mailboxes, watches and workers."""

import secrets
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from gmail_sync.status import look
from operators.bounded import answer_of
from operators.exposition import Exposition
from realtime import totals

WRITE_SECONDS = 0.4  # a database that takes longer keeps the scrape waiting no more

_database_threads = ThreadPoolExecutor(3, thread_name_prefix="metrics")


@require_safe
@never_cache
@login_not_required
async def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus's text format; 404 unless METRICS_TOKEN or DEBUG is set, 401 without the bearer token."""
    if not (settings.METRICS_TOKEN or settings.DEBUG):
        return HttpResponseNotFound()
    if settings.METRICS_TOKEN and not _is_allowed(request.headers.get("Authorization", "")):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    # What a page shows is stored before, so that the next page, of whichever web, shows no less: to Prometheus a
    # counter that goes down has begun anew.
    await answer_of(totals.own.write_if_changed, _database_threads, WRITE_SECONDS)
    found = await answer_of(lambda: Exposition(totals.stored(), look()), _database_threads)
    return HttpResponse(generate_latest(found or Exposition()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_allowed(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    same = secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return scheme.lower() == "bearer" and same
