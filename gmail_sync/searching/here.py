"""Find mail in the mirror alone, while somebody types: no call to Gmail, and no look at more than a part of it."""

from collections.abc import Iterable

from django.db.models import Q

from gmail_sync.models import Message
from gmail_sync.searching.query import Term

MOST_ROWS = 20
# The newest of a mailbox that are looked at, in the inbox and outside it: a LIKE has no index (RULES R20).
LOOKED_AT = 2_500
_TEXT = ("sender", "subject", "snippet")


def _has(label: str) -> Q:
    return Q(label_ids__icontains=f'"{label}"')  # a list in JSON, on both databases


_IS = {
    "unread": Q(is_unread=True),
    "read": Q(is_unread=False),
    "starred": _has("STARRED"),
    "important": _has("IMPORTANT"),
}
_IN = {"inbox": Q(in_inbox=True), **{name.lower(): _has(name) for name in ("SENT", "SPAM", "TRASH", "STARRED")}}


def find(account_ids: Iterable[int], terms: list[Term]) -> list[Message]:
    """Return the newest messages of these mailboxes for which all terms hold; none without a term."""
    wanted = Q()
    for term in terms:
        holds = _holds(term)
        wanted &= ~holds if term.negated else holds
    if not wanted:
        return []
    found: list[Message] = []
    for account_id in account_ids:
        for in_inbox in (True, False):
            newest_first = Message.objects.filter(account_id=account_id, in_inbox=in_inbox).order_by("-internal_date")
            nearest = newest_first.values("pk")[:LOOKED_AT]
            matching = Message.objects.filter(wanted, pk__in=nearest)
            found += matching.order_by("-internal_date", "-pk")[:MOST_ROWS]
    return sorted(found, key=lambda row: (row.internal_date, row.pk), reverse=True)[:MOST_ROWS]


def _holds(term: Term) -> Q:
    if term.field == "is":
        return _IS.get(term.text.lower(), Q())
    if term.field == "in":
        return _IN.get(term.text.lower(), Q())
    if term.field == "label":
        return _has(term.text)
    columns = _TEXT if term.field == "text" else (term.field,)
    holds = Q()
    for column in columns:
        holds |= Q(**{f"{column}__icontains": term.text})  # Django escapes what LIKE takes for a pattern
    return holds
