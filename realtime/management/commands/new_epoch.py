"""`new_epoch`: after the database was restored from a backup, when sequence numbers may come again."""

from typing import Any

from django.core.management.base import BaseCommand

from realtime.log import eventlog


class Command(BaseCommand):
    help = "Give every user's stream a new epoch: every open page reads its state again. Run it after a restore."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed = eventlog.renew_epochs()
        self.stdout.write(f"{renewed} {'stream has' if renewed == 1 else 'streams have'} a new epoch.")
