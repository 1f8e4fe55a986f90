"""The users who are heard at Supabase, and the secrets of their topics: two columns of the row that the log locks."""

from collections.abc import Collection, Container, Iterable, Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from realtime.log import reading
from realtime.models import EventStream, Rollout
from realtime.pieces import pieces
from realtime.stream.sse import Cursor
from realtime.transport.supabase.relay import new_secret

HEARD_FOR = timedelta(minutes=15)  # after a ticket; pages ask for one each minute, hidden ones each four

Heard = dict[int, tuple[str, Cursor]]  # by user: the secret of the topic, and the newest event
Topic = tuple[int, str]  # a user, and its secret

_HEARD = Q(relayed_until__gt=Now())
_FRESH = Q(relayed_until__gt=Now() + HEARD_FOR / 2)


def heard(user_ids: Iterable[int]) -> Heard:
    """Return those of the users whose events are relayed."""
    return _read(user_ids, _HEARD)


def hear(user_ids: Collection[int]) -> Heard:
    """Have the events of these users relayed from now on; returns their topics.

    Empty while the rollout is off. Whoever will be heard for long enough costs no write. Raises IntegrityError for a
    user who does not exist.
    """
    reading.heads_of_all(user_ids)  # so that each has a row
    found = _read(user_ids, _FRESH)
    if stale := set(user_ids) - found.keys():
        _renew(stale)
        found = _read(user_ids, _HEARD)
    return found


def abandon(user_id: int) -> str:
    """Give the user another topic, if they have one. Returns the secret of the old one if somebody may hear it."""
    with transaction.atomic():
        for _, secret, is_heard in _locked(~Q(relay_secret=""), [user_id]):  # nosec B106
            EventStream.objects.filter(pk=user_id).update(relay_secret=new_secret())
            return secret if is_heard else ""
    return ""


def everybody() -> list[int]:
    """Return all users whose events are relayed."""
    return list(EventStream.objects.filter(_HEARD).order_by("pk").values_list("pk", flat=True))


def let_go(staying: Container[int]) -> list[Topic]:
    """Have nobody's events relayed any more but theirs. Returns the topics that are over.

    Call it in the transaction that changes the rollout, under the lock of its row.
    """
    gone: list[Topic] = []
    for piece in pieces(user_id for user_id in everybody() if user_id not in staying):
        gone += [(user_id, secret) for user_id, secret, _ in _locked(_HEARD, piece)]
        EventStream.objects.filter(pk__in=piece).update(relayed_until=None)
    return gone


def _renew(user_ids: Iterable[int]) -> None:
    with transaction.atomic():
        if Rollout.locked().stage == Rollout.Stage.OFF:
            return  # it was turned off since: whoever is made to be heard now would stay so
        for user_id, secret, _ in _locked(Q(), sorted(user_ids)):
            columns = {"relay_secret": secret or new_secret(), "relayed_until": Now() + HEARD_FOR}
            EventStream.objects.filter(pk=user_id).update(**columns)


def _locked(which: Q, user_ids: Iterable[int]) -> Iterator[tuple[int, str, bool]]:
    """Yield users, their secrets, and whether they are heard; locked in the order of users, as all are (RULES R8)."""
    heard = ExpressionWrapper(_HEARD, output_field=BooleanField())
    streams = EventStream.objects.select_for_update().annotate(is_heard=heard).order_by("pk")
    for piece in pieces(user_ids):
        yield from streams.filter(which, pk__in=piece).values_list("pk", "relay_secret", "is_heard")


def _read(user_ids: Iterable[int], which: Q) -> Heard:
    found: Heard = {}
    for piece in pieces(user_ids):
        rows = EventStream.objects.filter(which, pk__in=piece).exclude(relay_secret="")  # nosec B106
        found |= {row.pk: (row.relay_secret, Cursor(row.epoch, row.last_seq)) for row in rows}
    return found
