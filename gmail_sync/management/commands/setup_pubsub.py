"""`setup_pubsub`: set up topic, publisher role, subscription and watches, as printed commands or through the API."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.db.models import QuerySet

from gmail_sync import status
from gmail_sync.exceptions import PubSubForbidden, PubSubUnavailable
from gmail_sync.models import GmailWatch
from gmail_sync.pubsub import api as pubsub_api
from gmail_sync.pubsub import gcloud
from gmail_sync.pubsub import setup as pubsub_setup
from gmail_sync.pubsub.setup import Push
from gmail_sync.schedule import ask_renewal
from gmail_sync.start_up import manage


class Command(BaseCommand):
    help = (
        "Print the commands that set up Google Pub/Sub for GMAIL_PUBSUB_TOPIC and PUBSUB_SUBSCRIPTION, or do the same "
        "with the service account of GOOGLE_APPLICATION_CREDENTIALS. Run it as often as you like: nothing that works "
        "is deleted; a subscription whose topic was deleted is made again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="do it")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--endpoint", metavar="URL", help="where to push (default: PUBSUB_PUSH_AUDIENCE)")
        where.add_argument("--pull", action="store_true", help="make a subscription for pull_notifications")

    def handle(self, *args: Any, **options: Any) -> None:
        topic, subscription = self._name("GMAIL_PUBSUB_TOPIC"), self._name("PUBSUB_SUBSCRIPTION")
        push = None if options["pull"] else self._push(options["endpoint"] or settings.PUBSUB_PUSH_AUDIENCE)
        if not options["apply"]:
            self._print(topic, subscription, push)
            self.stdout.write("Nothing was changed: run these commands, or this one with --apply.")
            return
        if not settings.GOOGLE_APPLICATION_CREDENTIALS and not pubsub_api.is_emulator(topic):
            self._print(topic, subscription, push)
            raise CommandError("GOOGLE_APPLICATION_CREDENTIALS is not set: nothing was changed; run these commands.")
        changed = 0
        try:
            for what, outcome in pubsub_setup.apply(topic, subscription, push):
                self.stdout.write(f"{what}: {outcome}.")
                changed += outcome not in pubsub_setup.UNCHANGED
        except PubSubForbidden as error:
            needed = "roles/pubsub.admin on the project, and roles/iam.serviceAccountUser on the one that signs pushes"
            raise CommandError(f"{_one_line(error)} The service account needs {needed}.") from None
        except (PubSubUnavailable, pubsub_setup.Impossible) as error:
            raise CommandError(_one_line(error)) from None
        self._renew(status.watched() if changed else status.doubted())
        self.stdout.write(f"{changed} changed." if changed else "Everything is already so.")

    def _renew(self, watches: QuerySet[GmailWatch]) -> None:
        """Have the watches renewed: each renewal makes Gmail notify once, and so tests the whole way."""
        try:
            asked = ask_renewal(watches)
        except DatabaseError:
            self.stdout.write(f"watches: not asked for, since the database does not answer: {manage('migrate')}.")
        else:
            if asked:
                self.stdout.write(f"watches: {asked} to be renewed by a worker, now.")

    def _name(self, setting: str) -> str:
        name: str = getattr(settings, setting)
        if not gcloud.project_of(name):
            form = "projects/P/topics/T" if setting == "GMAIL_PUBSUB_TOPIC" else "projects/P/subscriptions/S"
            raise CommandError(f"{setting} is not set: choose a name of the form {form}.")
        return name

    def _push(self, endpoint: str) -> Push:
        if urlsplit(endpoint).scheme not in ("http", "https"):
            raise CommandError("No address to push to: give --endpoint https://HOST/gmail/push/, or --pull.")
        if not settings.PUBSUB_PUSH_SERVICE_ACCOUNT:
            raise CommandError(
                "PUBSUB_PUSH_SERVICE_ACCOUNT is not set: name the service account that signs the pushes."
            )
        return Push(endpoint, settings.PUBSUB_PUSH_SERVICE_ACCOUNT, settings.PUBSUB_PUSH_AUDIENCE or endpoint)

    def _print(self, topic: str, subscription: str, push: Push | None) -> None:
        commands = [gcloud.enable_api("pubsub", gcloud.project_of(topic)), gcloud.create_topic(topic)]
        commands.append(gcloud.grant_publisher(topic))
        if push is not None:
            commands += gcloud.create_service_account(push.service_account)
        flags = gcloud.push_flags(push.endpoint, push.service_account, push.audience) if push else []
        for command in commands:
            self.stdout.write(command)
        if _has_lost_its_topic(subscription):
            self.stdout.write(gcloud.delete_subscription(subscription))
        else:
            remark = f"# Only if its topic was deleted, before the next: {gcloud.delete_subscription(subscription)}"
            self.stdout.write(remark)
        self.stdout.write(gcloud.create_subscription(subscription, topic, flags))
        self.stdout.write(f"# Then, for the mailboxes that there are: {manage('renew_watches', '--all')}")


def _has_lost_its_topic(subscription: str) -> bool:
    """Tell whether the subscription must be made again; False without credentials, since nobody knows."""
    try:
        known = pubsub_api.subscription(subscription) if settings.GOOGLE_APPLICATION_CREDENTIALS else None
    except PubSubUnavailable:
        return False
    return known is not None and pubsub_setup.lost_its_topic(known)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
