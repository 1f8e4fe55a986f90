"""`/admin/realtime/`: concerns, facts, and the last hour of all processes. For operators."""

import time
from typing import Any

import redis
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from gmail_sync import status
from gmail_sync.admin.formats import span
from gmail_sync.metrics import PUSH_LAG_SECONDS
from gmail_sync.states import AccountState, WatchState
from operators import plots
from operators.admin_site import may_see_dashboard
from operators.concerns import concerns
from realtime.live_admin import is_refresh, stream_position
from realtime.metrics import DELIVERY_SECONDS, REDIS_UP, SHADOW_EVENTS, SHADOW_LAG_SECONDS, SUPABASE_PUBLISH
from realtime.models import ProcessMinute, Rollout
from realtime.process_minutes import Hour, Series
from realtime.samples import name_of
from realtime.transport import redis_connection
from realtime.transport.redis_address import AddressUnusable
from realtime.transport.supabase import hearers, project

REDIS_SECONDS = 1.0


@never_cache
def dashboard(request: HttpRequest) -> HttpResponse:
    """Answer with the page; a refresh gets its changing part alone."""
    if not may_see_dashboard(request.user):
        raise PermissionDenied
    hour = Hour(timezone.now())
    webs, redis_error = hour.processes("web"), _redis_error()
    deaf, drawn = sum(map(_is_deaf, webs)), plots.plots(hour)
    context: dict[str, Any] = {
        "concerns": [(concern, concern.link(request.user)) for concern in concerns(redis_error, deaf)],
        "facts": _facts(hour, webs, redis_error),
        "plots": drawn,
        "plots_json": plots.as_json(hour, drawn),
    }
    if is_refresh(request):
        return TemplateResponse(request, "admin/dashboard_part.html", context)
    context |= admin.site.each_context(request) | stream_position(request)
    context |= {"title": "Dashboard", "app_list": admin.site.get_app_list(request), "app_label": "realtime"}
    return TemplateResponse(request, "admin/dashboard.html", context)


def _facts(hour: Hour, webs: list[ProcessMinute], redis_error: str) -> list[tuple[str, str]]:
    began = time.monotonic()
    look = status.look()
    asked_ms = (time.monotonic() - began) * 1_000
    nearest = look.watch_expiry_seconds
    return [
        ("Mailboxes", _by_state({AccountState(state).label: count for state, count in look.mailboxes.items()})),
        ("Mailboxes due now", f"{look.due:,}"),
        ("Watches", _by_state({WatchState(state).name.lower(): count for state, count in look.watches.items()})),
        ("Nearest expiry", "-" if nearest is None else f"in {span(nearest)}" if nearest > 0 else "lapsed"),
        ("Delivery p50, p95, p99", plots.in_words(hour, DELIVERY_SECONDS)),
        ("Push lag p50, p95, p99", plots.in_words(hour, PUSH_LAG_SECONDS)),
        ("Webs and workers alive", f"{len(webs)} and {look.workers}"),
        ("Redis", "down" if redis_error else "ok"),
        ("Database", f"{connection.vendor}, {asked_ms:.0f} ms"),
        *(_supabase(hour) if project.configured() else []),
    ]


def _supabase(hour: Hour) -> list[tuple[str, str]]:
    published = hour.counts(name_of(SUPABASE_PUBLISH), "result")
    heard = hour.counts(name_of(SHADOW_EVENTS), "result")
    return [
        ("Supabase", f"{Rollout.current().stage}, {len(hearers.everybody()):,} users heard there"),
        ("Supabase, messages in the hour", _by_state(_sums(published))),
        ("Supabase, events at the canary", _by_state(_sums(heard))),
        ("Supabase lag p50, p95, p99", plots.in_words(hour, SHADOW_LAG_SECONDS)),
    ]


def _sums(series: dict[str, Series]) -> dict[str, int]:
    return {key: round(sum(value or 0.0 for value in values)) for key, values in series.items()}


def _by_state(counts: dict[str, int]) -> str:
    """Write the counts that are not 0: `5 connected, 1 consent needed`."""
    return ", ".join(f"{count:,} {state}" for state, count in counts.items() if count) or "-"


def _is_deaf(web: ProcessMinute) -> bool:
    return any(value == 0 for _, value in web.samples.get(name_of(REDIS_UP), []))


def _redis_error() -> str:
    """Return the reason why Redis does not answer a ping within a second; empty if it does."""
    try:
        with redis_connection.client(redis_connection.configured(), REDIS_SECONDS) as client:
            client.ping()
    except AddressUnusable as unusable:
        return unusable.said
    except (redis.RedisError, OSError, ValueError) as error:
        return type(error).__name__
    return ""
