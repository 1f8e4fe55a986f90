"""The users of sessions, and the notice that a session may have ended. A stream never saves a session."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from realtime.pieces import pieces
from realtime.transport import installation, publish
from realtime.transport.supabase import endings


class Judged(NamedTuple):
    """A session that was found alive: whose it is, and hashes of all that this depended on."""

    user_id: int
    session: int
    user: int


USER_COLUMNS = "id", "password", "is_active"  # what a session depends on; to make a model of each costs a third more
_KEY = re.compile(r"[a-z0-9]{1,40}", re.ASCII)

judged_here: dict[str, Judged] = {}  # by this process, for its streams; session_watch.py forgets those without one


def signed_in(session_keys: Iterable[str], judged: dict[str, Judged] | None = None) -> dict[str, int]:
    """Map the keys of the living sessions to their users' ids. Two queries for some hundreds of them.

    The rules are those of django.contrib.auth.get_user, SECRET_KEY_FALLBACKS included, without its writes: that one
    gives the session a new key when it meets an old hash, which a stream cannot hand to the browser.
    `judged` is filled by one call and spares the next one the sessions whose row and user are as they were; calls in
    several threads may share it.
    """
    judged = {} if judged is None else judged
    found: dict[str, int] = {}
    for piece in pieces(key for key in session_keys if _KEY.fullmatch(key)):
        found |= _signed_in(piece, judged)
    return found


def _signed_in(piece: list[str], judged: dict[str, Judged]) -> dict[str, int]:
    rows = Session.objects.filter(session_key__in=piece, expire_date__gt=timezone.now())
    read = dict(rows.values_list("session_key", "session_data"))
    known = {key: was for key, data in read.items() if (was := judged.get(key)) and was.session == _mark(data)}
    decoded = {key: _decoded(data) for key, data in read.items() if key not in known}
    user_of = {key: int(values[SESSION_KEY]) for key, values in decoded.items() if _is_claimed(values)}
    user_of |= {key: was.user_id for key, was in known.items()}
    columns = get_user_model().objects.values_list(*USER_COLUMNS)
    users = {row[0]: row for piece in pieces(set(user_of.values())) for row in columns.filter(pk__in=piece)}
    alive = {}
    for key, user_id in user_of.items():
        if (row := users.get(user_id)) is None:
            continue
        now = Judged(user_id, _mark(read[key]), hash(row))
        if known.get(key) != now and not _verified(_user(row), decoded.get(key) or _decoded(read[key])):
            continue
        alive[key], judged[key] = user_id, now
    return alive


def _mark(session_data: str) -> int:
    return hash((session_data, *settings.AUTHENTICATION_BACKENDS))


def _decoded(session_data: str) -> dict[str, Any]:
    return Session(session_data=session_data).get_decoded()


def _is_claimed(values: dict[str, Any]) -> bool:
    """Tell whether a backend that is trusted signed somebody in."""
    return values.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS


def _user(columns: tuple[Any, ...]) -> AbstractBaseUser:
    return get_user_model().from_db(None, USER_COLUMNS, columns)


def _verified(user: AbstractBaseUser, values: dict[str, Any]) -> bool:
    session_hash = str(values.get(HASH_SESSION_KEY, ""))
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return bool(user.is_active) and any(constant_time_compare(session_hash, known) for known in hashes)


def check_soon(user_id: int) -> None:
    """Have every process look at the user's sessions, after this transaction's commit; no other transport goes on."""

    def announce() -> None:
        publish.send_soon(installation.user_group(user_id), {"type": "hub.auth", "user_id": user_id})

    transaction.on_commit(announce)
    endings.abandon_soon(user_id)


@receiver(post_delete, sender=Session)
def _session_deleted(sender: object, instance: Session, **kwargs: object) -> None:
    # Not user_logged_out: Django sends that one before the session is gone (RULES R15).
    if user_id := instance.get_decoded().get(SESSION_KEY):
        check_soon(int(user_id))


@receiver(post_delete, sender=get_user_model())
def _user_deleted(sender: object, instance: AbstractBaseUser, **kwargs: object) -> None:
    check_soon(instance.pk)


@receiver(post_save, sender=get_user_model())
def _user_saved(
    sender: object, instance: AbstractBaseUser, update_fields: frozenset[str] | None = None, **kwargs: object
) -> None:
    # A new password or a deactivated user ends sessions; the date of a login does not.
    if update_fields is None or set(update_fields) != {"last_login"}:
        check_soon(instance.pk)
