"""`transport off|shadow|on`: for whom Supabase is the transport; back and forth with pages open."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models, transaction

from realtime.models import Rollout
from realtime.transport.supabase import project, rollout


class Command(BaseCommand):
    help = (
        "Turn the second transport, Supabase, on, off, or on as a shadow that no page listens to. The options together "
        "say for whom; without any it is for whom it was before. Pages follow within a minute."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("stage", choices=Rollout.Stage.values)
        parser.add_argument("--percent", type=int, metavar="N", help="Of all users; always the same ones.")
        parser.add_argument("--group", action="append", metavar="G", help="The members of a group; repeatable.")
        parser.add_argument("--user", action="append", metavar="U", help="A user by name; repeatable.")

    def handle(self, *args: Any, **options: Any) -> None:
        stage, percent = options["stage"], options["percent"]
        if stage != Rollout.Stage.OFF and project.configured() is None:
            raise CommandError("No Supabase project is configured: set SUPABASE_URL and its keys.")
        if percent is not None and not 0 <= percent <= 100:
            raise CommandError("--percent is a number from 0 to 100.")
        users = _named(get_user_model(), "username", options["user"])
        groups = _named(Group, "name", options["group"])
        with transaction.atomic():
            Rollout.objects.get_or_create(pk=1)
            row = Rollout.locked()
            before, row.stage = row.stage, stage
            if percent is not None or users or groups:
                row.percent = percent or 0
                row.users.set(users)
                row.groups.set(groups)
            row.save()
            topics = rollout.settle(before)
        chosen, users_in_all = rollout.count()
        self.stdout.write(f"{stage}: {chosen:,} of {users_in_all:,} users are chosen.")
        if topics:
            self.stdout.write(f"{len(topics):,} {'user goes' if len(topics) == 1 else 'users go'} back to the stream.")
            rollout.say_bye(topics)


def _named(model: type[models.Model], field: str, names: list[str] | None) -> list[Any]:
    """Return the rows of these names. Raises CommandError for one that nothing has."""
    found = []
    for name in names or []:
        row = model._default_manager.filter(**{field: name}).first()
        if row is None:
            raise CommandError(f"There is no {model._meta.verbose_name} {name!r}.")
        found.append(row)
    return found
