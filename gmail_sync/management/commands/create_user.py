"""`create_user`: make a user who is no operator, with the caller's password or a random one."""

import secrets
import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

RANDOM_BYTES = 12


class Command(BaseCommand):
    help = (
        "Make a user who is no operator. The password is asked for, or read from standard input (its first line); "
        "where there is none, a random one is made and shown once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what the user signs in as")
        parser.add_argument("--email", default="", help="the address for a link to choose a new password")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User(username=User.normalize_username(options["name"]), email=options["email"])
        self._require_new(user)
        try:
            password = self._read_password()
            password.encode()
        except UnicodeError:
            raise CommandError("The password is no UTF-8 text; no user was made.") from None
        made = "" if password else secrets.token_urlsafe(RANDOM_BYTES)
        try:
            if password:
                validate_password(password, user)
            user.set_password(password or made)
            user.save()
        except ValidationError as error:
            raise CommandError(f"No user was made. {' '.join(error.messages)}") from None
        except IntegrityError:
            raise CommandError(f"There is a user {user.username} already; nothing was changed.") from None
        if made:
            self.stdout.write(f"Password, shown this once: {made}")
        self.stdout.write(f"{user.username} can sign in at /login/ and is no operator.")

    def _require_new(self, user: User) -> None:
        if User.objects.filter(username__iexact=user.username).exists():
            raise CommandError(f"There is a user {user.username} already; nothing was changed.")
        try:
            user.full_clean(exclude=["password"])
        except ValidationError as error:
            said = [f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()]
            raise CommandError(f"No user was made. {' '.join(said)}") from None

    def _read_password(self) -> str:
        """Return the caller's password; empty if they gave none."""
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        password = getpass("Password (nothing: a random one is made): ")
        if password and getpass("Once more: ") != password:
            raise CommandError("The two passwords differ; no user was made.")
        return password
