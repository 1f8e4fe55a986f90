"""Presence on a mailbox: which room it is, who may see it, and which rooms within it are told: its conversations."""

import re

import structlog
from django.contrib.auth.models import User
from django.db.models import F, QuerySet

from gmail_sync.announce import announce
from gmail_sync.models import GmailAccount
from realtime.log import eventlog
from realtime.presence.rows import forget_inner

logger = structlog.get_logger(__name__)

_ROOM = re.compile(r"mailbox\.([1-9][0-9]{0,18})", re.ASCII)
_CONVERSATION = re.compile(r"message\.([1-9][0-9]{0,18})\.[A-Za-z0-9_-]{1,64}", re.ASCII)


def room_of(account_id: int) -> str:
    """Name the room of a mailbox."""
    return f"mailbox.{account_id}"


def account_id_of(room: str) -> int | None:
    """Return the mailbox that a room is of; None for any other text."""
    match = _ROOM.fullmatch(room)
    return int(match[1]) if match and int(match[1]) < 2**63 else None


def is_conversation_of(account_id: int, inner: str) -> bool:
    """Tell whether this names a conversation of the mailbox. It need not be there: an open one may just be deleted."""
    match = _CONVERSATION.fullmatch(inner)
    return match is not None and int(match[1]) == account_id


def members_of(room: str) -> QuerySet[User]:
    """Return the users who see the mailbox of this room, as `seen_by` wants them."""
    account_id = account_id_of(room)
    if account_id is None:
        return User.objects.none()
    members = User.objects.filter(gmail_accounts=account_id)
    return members.annotate(tells_inner=F("gmail_accounts__shows_readers"))


def show_readers(user_id: int, account_id: int, shown: bool) -> bool:
    """Let the mailbox's members see who of them reads which conversation, or no longer; their pages hear of it.

    Returns False if the user is no member.
    """
    with eventlog.atomic() as log:
        account = GmailAccount.objects.select_for_update().filter(pk=account_id).first()
        if account is None or user_id not in account.member_ids():
            return False
        account.shows_readers = shown
        account.save(update_fields=["shows_readers"])
        forget_inner(room_of(account_id))
        announce(log, account)  # each page beats then, and learns it from the answer
    logger.info("presence.readers", account=account_id, shown=shown)
    return True
