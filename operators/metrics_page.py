"""`/metrics`: what all processes of this machine have counted, and how things stand in the database.

The text format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import asyncio
import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import realtime.metrics  # noqa: F401  (both: every name is there from the first scrape)
from gmail_sync.status import Standing, look
from operators import metrics_directory
from operators.bounded import answer_of

_database_threads = ThreadPoolExecutor(2, thread_name_prefix="metrics")


@require_GET
@never_cache
@login_not_required
async def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's text; 404 unless METRICS_TOKEN is set (or DEBUG), 401 without it as bearer token."""
    if not (settings.METRICS_TOKEN or settings.DEBUG):
        return HttpResponseNotFound()
    if settings.METRICS_TOKEN and not _is_allowed(request.headers.get("Authorization", "")):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    counted, standing = await asyncio.gather(asyncio.to_thread(_counted), answer_of(look, _database_threads))
    return HttpResponse(_text([*counted, *_gauges(standing)]), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_allowed(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    same = secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return scheme.lower() == "bearer" and same


def _counted() -> Iterable[Metric]:
    """What processes have counted: all of this machine's, or this one where they could not be brought together."""
    directory = os.environ.get(metrics_directory.VARIABLE)
    found = metrics_directory.read(Path(directory)) if directory else REGISTRY.collect()
    return sorted((metric for metric in found if metric.name.startswith("finito_")), key=lambda metric: metric.name)


def _gauges(standing: Standing | None) -> Iterator[Metric]:
    """What the database knows, asked once a scrape; without an answer there is no number, and no old one either."""
    yield _gauge("finito_database_up", "1 if the database answered this scrape.", {"": float(standing is not None)})
    expiry = (
        float("nan") if standing is None or standing.watch_expiry_seconds is None else standing.watch_expiry_seconds
    )
    yield _gauge("finito_watch_expiry_seconds", "Until the nearest watch ends; below 0: it has.", {"": expiry})
    known = standing or Standing({}, 0, 0, {}, None, 0)
    yield _gauge("finito_mailboxes", "Mailboxes by state.", known.mailboxes, "state")
    yield _gauge("finito_watches", "Watches that are to be kept, by state.", known.watches, "state")
    single = {
        "finito_mailboxes_due": ("Mailboxes that wait for a worker, 10,000 at most.", known.due),
        "finito_mailboxes_failing": ("Mailboxes that failed three times in a row or more.", known.failing),
        "finito_workers": ("Workers that live, of all machines.", known.workers),
    }
    for name, (meaning, value) in single.items():
        yield _gauge(name, meaning, {"": float(value)} if standing else {})


def _gauge(name: str, meaning: str, values: dict[str, float] | dict[str, int], label: str = "") -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label] if label else [])
    for value_of_label, value in values.items():
        family.add_metric([value_of_label] if label else [], value)
    return family


class _Found(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _text(metrics: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Found(metrics))
    return generate_latest(registry)
