"""`pull_notifications`: take notifications without a public URL, for development, then do as the webhook does."""

import threading
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections

from gmail_sync import metrics
from gmail_sync.exceptions import PubSubMissing, PubSubUnavailable, PushUnreadable
from gmail_sync.pubsub import api as pubsub_api
from gmail_sync.push import notification as pubsub
from gmail_sync.schedule import take_notification
from gmail_sync.start_up import manage
from realtime.database_errors import explain
from realtime.recorder import Recorder
from realtime.signals import at_the_end

logger = structlog.get_logger(__name__)

AT_MOST = 100
PAUSE_SECONDS = 5


class Command(BaseCommand):
    help = "Pull Gmail's notifications from PUBSUB_SUBSCRIPTION until Ctrl-C, where Google cannot push to us."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="take what is there and end")

    def handle(self, *args: Any, **options: Any) -> None:
        needed = {"PUBSUB_SUBSCRIPTION"}
        if not pubsub_api.is_emulator(settings.GMAIL_PUBSUB_TOPIC or "projects/P/topics/T"):
            needed.add("GOOGLE_APPLICATION_CREDENTIALS")
        for name in sorted(needed, reverse=True):
            if not getattr(settings, name):
                raise CommandError(f"{name} is not set: pull mode needs it.")
        stopping = threading.Event()
        at_the_end(stopping.set)
        recorder = Recorder("pull")
        recorder.start()
        try:
            taken = self._pull_until(stopping, options["once"])
        finally:
            recorder.stop()
        self.stdout.write(f"{taken} {'notification' if taken == 1 else 'notifications'} taken.")

    def _pull_until(self, stopping: threading.Event, once: bool) -> int:
        """Pull until it is to stop, or `once`. Returns how many were taken; raises CommandError."""
        taken = 0
        while not stopping.is_set():
            try:
                taken += self._pull()
            except PubSubMissing:
                raise CommandError(
                    f"{settings.PUBSUB_SUBSCRIPTION} does not exist: Google deletes a subscription that was idle for "
                    f"31 days unless it never expires. Make it again: {manage('setup_pubsub', '--apply', '--pull')}"
                ) from None
            except (PubSubUnavailable, DatabaseError) as error:
                if once:
                    said = f"The database: {explain(error)}" if isinstance(error, DatabaseError) else str(error)
                    raise CommandError(said) from None
                logger.warning("pull.failed", error=type(error).__name__)
                stopping.wait(PAUSE_SECONDS)
            if once:
                break
        return taken

    def _pull(self) -> int:
        """Pull once. A message that the database did not take stays unacknowledged, and comes again."""
        received = pubsub_api.pull(settings.PUBSUB_SUBSCRIPTION, AT_MOST)
        try:
            for item in received:
                self._take(item)
        finally:
            close_old_connections()  # also one that broke: it would break every later pull
        if received:
            names = [item["ackId"] for item in received if "ackId" in item]
            pubsub_api.acknowledge(settings.PUBSUB_SUBSCRIPTION, names)
        return len(received)

    def _take(self, item: dict[str, Any]) -> None:
        try:
            notification = pubsub.parse_message(item.get("message", {}))
            known = take_notification(notification.email, notification.history_id)
            metrics.pushed("taken" if known else "unknown_mailbox", notification.published_at)
        except PushUnreadable as error:
            metrics.pushed("unreadable")
            logger.warning("push.unreadable", reason=str(error))
