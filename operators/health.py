"""Health, for load balancers and operators: `/livez` (does the process live?) and `/readyz` (can it serve?)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import redis.asyncio
import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gmail_sync import heartbeat
from gmail_sync import status as standing
from operators.bounded import PROBE_SECONDS, answer_of
from realtime import database, totals
from realtime.metrics import SUPABASE_UP
from realtime.models import Rollout
from realtime.samples import name_of
from realtime.stream.hub import Hub, get_hub
from realtime.transport import redis_connection
from realtime.transport.supabase import project

logger = structlog.get_logger(__name__)

# Threads of its own: when the database hangs, these hang with it and nothing else does.
_database_threads = ThreadPoolExecutor(2, thread_name_prefix="health")


@require_safe
@never_cache
@login_not_required
async def livez(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process can do its work at all; 503 asks for a restart."""
    alive = get_hub().alive
    return JsonResponse({"status": "ok" if alive else "dead"}, status=200 if alive else 503)


@require_safe
@never_cache
@login_not_required
async def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 or 503: whether to send requests here. Redis, pushes, workers and single mailboxes only degrade.

    So does Supabase, of which nothing is said unless it is configured.
    """
    hub = get_hub()
    stored, carries = await asyncio.gather(answer_of(_ask_database, _database_threads), _ask_redis(hub))
    answer = {
        "database": "down",
        "redis": carries,
        "push": "none",
        "worker": "down",
        "mailboxes": "ok",
        **(stored or {}),
    }
    if hub.draining or answer["database"] != database.OK:
        status = "unready"
    elif set(answer.values()) <= {"ok", "none", "off"}:
        status = "ok"
    else:
        status = "degraded"
    return JsonResponse({"status": status, **answer}, status=503 if status == "unready" else 200)


def _ask_database() -> dict[str, str]:
    """Ask for the states. A database without writes or without our tables takes no push: then we are not ready."""
    if (state := database.state()) != database.OK:
        return {"database": state}
    return {
        "database": state,
        "push": standing.push_state(),
        "worker": "ok" if heartbeat.alive().exists() else "down",
        "mailboxes": standing.mailboxes_state(),
        **({"supabase": _supabase()} if project.configured() else {}),
    }


def _supabase() -> str:
    """Return off, ok, or down where some process could not send last time."""
    if Rollout.current().stage == Rollout.Stage.OFF:
        return "off"
    up = (name_of(SUPABASE_UP), ())
    return "ok" if all(states.get(up, 1.0) for states in totals.stored().states) else "down"


async def _ask_redis(hub: Hub) -> str:
    """Return ok, down, or unheard (others publish to another Redis); a slow one is ok while its messages come."""
    try:
        pool = redis.asyncio.ConnectionPool(**redis_connection.options(redis_connection.configured()))
        async with asyncio.timeout(PROBE_SECONDS), redis.asyncio.Redis.from_pool(pool) as client:
            await client.ping()
    except (TimeoutError, redis.TimeoutError):
        if not hub.listener.heard_lately:
            logger.warning("health.redis_down", error="TimeoutError")
            return "down"
    except Exception as error:
        logger.warning("health.redis_down", error=type(error).__name__)
        return "down"
    if not hub.listener.up:
        return "down"
    return "unheard" if hub.hearing.unheard else "ok"
