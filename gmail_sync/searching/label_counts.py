"""Tell how much mail of a label is unread: by Gmail's own count, since the mirror holds not all of it.

A label costs 1 unit of the readers', and this process asks for none again within ten seconds. Whoever asks ten seconds
after a change is told of it.
"""

import threading
import time
from collections.abc import Iterable
from functools import partial

from django.core.exceptions import BadRequest
from django.http import Http404, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.gmail.api import BATCH_SIZE, Gmail
from gmail_sync.labels import OWN_LABEL
from gmail_sync.models import GmailAccount
from gmail_sync.reading.access import opened
from gmail_sync.reading.answers import UNAVAILABLE, refusal
from gmail_sync.reading.sending import refused_headers
from gmail_sync.reading.threads import all_in_time

SECONDS = 10.0
MOST_KEPT = 10_000
MOST_UNITS = 300.0  # of a minute: a quarter of the readers'

Key = tuple[int, str]  # the mailbox and the label


class Counted:
    """The counts of the last ten seconds, by mailbox and label. Threads may share it."""

    def __init__(self) -> None:
        self._counts: dict[Key, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def get(self, account_id: int, label_ids: Iterable[str]) -> dict[str, int]:
        """Return those that are known."""
        with self._lock:
            known = {label_id: self._counts.get((account_id, label_id), (0, 0.0)) for label_id in label_ids}
        now = time.monotonic()
        return {label_id: unread for label_id, (unread, until) in known.items() if until > now}

    def put(self, account_id: int, unread: dict[str, int], asked: float) -> None:
        """Keep what Gmail was `asked` for at that time (monotonic)."""
        with self._lock:
            if len(self._counts) > MOST_KEPT:
                self._counts.clear()
            until = asked + SECONDS
            self._counts |= {(account_id, label_id): (count, until) for label_id, count in unread.items()}


counted = Counted()


@require_safe
@never_cache
def unread(request: SignedInRequest, account_id: int) -> JsonResponse:
    """Count the unread mail of each `?id=`, of at most 25. A label that is gone has no count."""
    account = GmailAccount.objects.filter(pk=account_id, users=request.user).first()
    if account is None:
        raise Http404("no such mailbox")
    label_ids = dict.fromkeys(request.GET.getlist("id"))
    if not 0 < len(label_ids) <= BATCH_SIZE or not all(map(OWN_LABEL.fullmatch, label_ids)):
        raise BadRequest("not labels")
    known = counted.get(account_id, label_ids)
    if lacking := [label_id for label_id in label_ids if label_id not in known]:
        (asked,) = all_in_time([partial(_ask, account, lacking)])
        if isinstance(asked, UNAVAILABLE):
            why = refusal(asked)
            return JsonResponse({"reason": why.reason}, status=why.status, headers=refused_headers(why))
        if isinstance(asked, Exception):
            raise asked
        known |= asked
    return JsonResponse({"account_id": account_id, "unread": known})


def _ask(account: GmailAccount, label_ids: list[str]) -> dict[str, int]:
    asked = time.monotonic()
    with opened(Gmail, account, limit=MOST_UNITS) as gmail:
        unread = gmail.unread(label_ids)
    counted.put(account.pk, unread, asked)
    return unread
