"""Writes down once a minute what this process has counted, so that the dashboard sees all of them, restarts included.

It reads the process's own registry, which holds its own numbers in prometheus_client's multiprocess mode too.
"""

import os
import random
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog
from django.contrib.auth import get_user_model
from django.db import close_old_connections, transaction
from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry

from realtime.log.pieces import pieces
from realtime.models import OpenStreams, ProcessMinute

logger = structlog.get_logger(__name__)

PREFIX = "finito_"
MINUTE_SECONDS = 60
SPREAD_SECONDS = 2.0  # after the full minute, so that many processes do not write at once
STOP_SECONDS = 1.0
CHANGE_TYPES = ("counter", "histogram")

Labels = tuple[tuple[str, str], ...]
Reading = dict[tuple[str, Labels], float]


class Recorder:
    """One a process. `streams` tells how many streams each user has open here."""

    def __init__(
        self,
        kind: str,
        streams: Callable[[], dict[int, int]] | None = None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self.kind, self.process = kind, f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._streams, self._registry = streams, registry
        self._written = dict(self._counts())  # what came before is not ours to tell, such as a file of an old process
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Write each minute from now on, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Write the last, incomplete minute; takes a second at most, whatever the database does."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            to_minute = MINUTE_SECONDS - time.time() % MINUTE_SECONDS
            self._stopping.wait(to_minute + random.uniform(0, SPREAD_SECONDS))
            self.record()

    def record(self) -> None:
        """Write the minute that has just ended. What could not be written goes with the next one; never raises."""
        try:
            counts = dict(self._counts())
            changes = {key: value - self._written.get(key, 0.0) for key, value in counts.items()}
            samples = {key: value for key, value in changes.items() if _happened(key, changes)} | dict(self._states())
            with transaction.atomic():
                ProcessMinute.objects.create(
                    minute=_minute(), kind=self.kind, process=self.process, samples=_as_json(samples)
                )
                self._tell_streams()
            self._written = counts
        except Exception as error:
            logger.warning("recorder.failed", error=type(error).__name__)
        finally:
            close_old_connections()

    def _tell_streams(self) -> None:
        OpenStreams.objects.filter(process=self.process).delete()
        if self._streams is None or self._stopping.is_set():
            return
        open_here = self._streams()
        now = timezone.now()
        for piece in pieces(open_here):
            users = get_user_model().objects.filter(pk__in=piece).values_list("pk", flat=True)
            OpenStreams.objects.bulk_create(
                OpenStreams(user_id=u, process=self.process, streams=open_here[u], seen_at=now) for u in users
            )

    def _counts(self) -> Iterator[tuple[tuple[str, Labels], float]]:
        return self._read(*CHANGE_TYPES)

    def _states(self) -> Iterator[tuple[tuple[str, Labels], float]]:
        return self._read("gauge")

    def _read(self, *types: str) -> Iterator[tuple[tuple[str, Labels], float]]:
        for metric in self._registry.collect():
            if metric.name.startswith(PREFIX) and metric.type in types:
                for sample in metric.samples:
                    if not sample.name.endswith("_created"):
                        yield (sample.name, tuple(sorted(sample.labels.items()))), sample.value


def _happened(key: tuple[str, Labels], changes: Reading) -> bool:
    """Whether to keep it. The buckets of a histogram stay together: an empty one says where the next begins."""
    name, labels = key
    if name.endswith("_bucket"):
        key = f"{name.removesuffix('_bucket')}_count", tuple(pair for pair in labels if pair[0] != "le")
    return changes[key] > 0


def _minute() -> datetime:
    """The minute that most of what is written fell into."""
    return (timezone.now() - timedelta(seconds=MINUTE_SECONDS / 2)).replace(second=0, microsecond=0)


def _as_json(samples: Reading) -> dict[str, list[tuple[dict[str, str], float]]]:
    by_name: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for (name, labels), value in samples.items():
        by_name[name].append((dict(labels), value))
    return by_name
