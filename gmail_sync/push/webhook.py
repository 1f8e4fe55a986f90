"""`POST /gmail/push/`: verify, parse, hand over, answer. It calls no Gmail, and holds no transaction.

Pushes that come while others are being written are written together next: one transaction, one wake-up. Each is
answered after its commit; one whose mailbox is locked by somebody else waits alone.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from structlog.contextvars import bind_contextvars

from gmail_sync import metrics
from gmail_sync.exceptions import CertsUnavailable, PushRefused, PushUnreadable
from gmail_sync.push import notification as pubsub
from gmail_sync.schedule import Push, take_notifications
from realtime.together import Together

logger = structlog.get_logger(__name__)

TAKE_SECONDS = 8.0  # Pub/Sub waits for 10 s; a database that hangs with its connections open says nothing ever

# Their number bounds the webhook's database connections; Pub/Sub waits for the others.
_executor = ThreadPoolExecutor(4, thread_name_prefix="push")


async def _take_all(pushes: list[Push], patient: bool = False) -> dict[Push, bool]:
    take = database_sync_to_async(take_notifications, thread_sensitive=False, executor=_executor)
    return dict(await take(pushes, patient))


_take = Together(_take_all, partial(_take_all, patient=True), limit=100)


@csrf_exempt
@login_not_required
@require_POST
async def gmail_push(request: HttpRequest) -> HttpResponse:
    """Answer 204 if taken (also a stale, unknown or unreadable push), 401 if not ours, 503 only where delivering
    again mends it."""
    try:
        await pubsub.verify_sender(request.headers.get("Authorization", ""), _legacy_token(request))
    except PushRefused as refused:
        return _answer(401, "refused", reason=str(refused))
    except CertsUnavailable as error:
        return _answer(503, "certs_unavailable", reason=str(error))
    try:
        notification = pubsub.parse_push(request.body)
    except PushUnreadable as error:
        return _answer(204, "unreadable", reason=str(error))
    try:
        async with asyncio.timeout(TAKE_SECONDS):
            known = await _take((notification.email, notification.history_id))
    except (DatabaseError, TimeoutError) as error:
        return _answer(503, "database_unavailable", reason=type(error).__name__)
    return _answer(204, "taken" if known else "unknown_mailbox", notification.published_at)


def _legacy_token(request: HttpRequest) -> str:
    """Return `?token=` where one is set; empty without it, and for a query that Django refuses to read."""
    if not settings.PUBSUB_PUSH_TOKEN:
        return ""
    try:
        return str(request.GET.get("token", ""))
    except SuspiciousOperation:
        return ""


def _answer(status: int, result: str, published_at: datetime | None = None, **why: str) -> HttpResponse:
    """Answer, with one count and the result in the request's line; a failure has a line of its own before it."""
    metrics.pushed(result, published_at)
    if why:
        event = f"push.{result}"
        logger.warning(event, **why)
    bind_contextvars(push=result)
    return HttpResponse(status=status)
