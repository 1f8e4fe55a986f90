"""What load balancers and operators ask: does the process live, can it serve, what is not as it should be?"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import redis.asyncio
import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.states import AccountState, WatchState
from realtime.hub import get_hub

logger = structlog.get_logger(__name__)

PROBE_SECONDS = 1.5  # of the 2 s that an answer may take
OVERDUE_SECONDS = 30

# Threads of its own: when the database hangs, these hang with it and nothing else does.
_executor = ThreadPoolExecutor(2, thread_name_prefix="health")


@require_GET
@never_cache
@login_not_required
async def livez(request: HttpRequest) -> JsonResponse:
    """200 while the process can do its work at all; 503 asks for a restart."""
    alive = get_hub().alive
    return JsonResponse({"status": "ok" if alive else "dead"}, status=200 if alive else 503)


@require_GET
@never_cache
@login_not_required
async def readyz(request: HttpRequest) -> JsonResponse:
    """Whether to send requests here, and what only costs delay for now: Redis, the pushes, the worker."""
    hub = get_hub()
    facts, redis_ok = await asyncio.gather(_ask_database(), _ask_redis())
    push, worker = facts or ("none", "down")
    answer = {
        "database": "ok" if facts else "down",
        "redis": "ok" if redis_ok and hub.listener.up else "down",
        "push": push,
        "worker": worker,
    }
    if hub.draining or facts is None:
        status = "unready"
    elif answer["redis"] == "down" or push == "silent" or worker == "down":
        status = "degraded"
    else:
        status = "ok"
    return JsonResponse({"status": status, **answer}, status=503 if status == "unready" else 200)


async def _ask_database() -> tuple[str, str] | None:
    """The states of push and worker; None if the database does not say."""
    ask = database_sync_to_async(_push_and_worker, thread_sensitive=False, executor=_executor)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            answer: tuple[str, str] = await ask()
            return answer
    except Exception as error:
        logger.warning("health.database_down", error=type(error).__name__)
        return None


def _push_and_worker() -> tuple[str, str]:
    states = set(GmailWatch.objects.values_list("state", flat=True).distinct())
    push = "silent" if WatchState.SILENT in states else "ok" if WatchState.ACTIVE in states else "none"
    return push, "ok" if _worker_works() else "down"


def _worker_works() -> bool:
    """A worker is at work if it did something lately, or if nothing has been waiting for one."""
    then = Now() - timedelta(seconds=OVERDUE_SECONDS)
    accounts = GmailAccount.objects.exclude(state=AccountState.REAUTH_REQUIRED)
    waiting = accounts.filter(Q(retry_at=None) | Q(retry_at__lt=then), next_sync_at__lt=then)
    worked = GmailAccount.objects.filter(Q(last_synced_at__gt=then) | Q(claim_expires_at__gt=Now()))
    return not waiting.exists() or worked.exists()


async def _ask_redis() -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS), redis.asyncio.from_url(settings.REDIS_URL) as client:
            return bool(await client.ping())
    except Exception as error:
        logger.warning("health.redis_down", error=type(error).__name__)
        return False
