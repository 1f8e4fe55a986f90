"""Presence on a mailbox: which room it is, and who may see it."""

import re

from django.contrib.auth.models import User
from django.db.models import QuerySet

_ROOM = re.compile(r"mailbox\.([1-9][0-9]{0,18})", re.ASCII)


def room_of(account_id: int) -> str:
    """Name the room of a mailbox."""
    return f"mailbox.{account_id}"


def account_id_of(room: str) -> int | None:
    """Return the mailbox that a room is of; None for any other text."""
    match = _ROOM.fullmatch(room)
    return int(match[1]) if match and int(match[1]) < 2**63 else None


def members_of(room: str) -> QuerySet[User]:
    """Return the users who see the mailbox of this room."""
    account_id = account_id_of(room)
    return User.objects.filter(gmail_accounts=account_id) if account_id is not None else User.objects.none()
