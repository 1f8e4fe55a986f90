"""Keep what a search brought as rows of the mirror, outside the inbox: free the next time, and true by the history.

No event tells of such a row, and none may be lost by it: the sync takes a message that has a row for known. So a row is
added only while no worker has the mailbox, the cursor is where it was before Gmail was asked, and it has passed the
message's last change: all that changes afterwards is read with the row in place (docs/adr/0039).
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from gmail_sync.gmail.metadata import Headers
from gmail_sync.labels import NO_MAIL, is_in_inbox
from gmail_sync.models import GmailAccount, Message
from gmail_sync.sync import mirror
from realtime.pieces import pieces

MOST_ROWS = 5_000  # of a mailbox; what was not looked at for the longest goes first


def keep(account: GmailAccount, found: Iterable[Headers]) -> set[str]:
    """Add what may be added; `account` is as it was before Gmail was asked. Returns the ids of those that have a row.

    Mail of the inbox is not added: the first sync or the next one does that, and tells of it.
    """
    fitting = [headers for headers in found if _fits(headers, account.history_id or 0)]
    at_rest = GmailAccount.objects.filter(claim="", mirrored=True, resync_pin=None, history_away_since=None)
    unmoved = at_rest.filter(pk=account.pk, history_id=account.history_id)
    with transaction.atomic():
        if not fitting or not unmoved.select_for_update().defer("credentials").first():
            return set()
        rows = [mirror.unsaved(account, headers) for headers in fitting]
        for row in rows:
            row.looked_at = Now()
        Message.objects.bulk_create(rows, ignore_conflicts=True)  # another search may have brought some
        _forget_surplus(account)
    return {headers.gmail_id for headers in fitting}


def look_at(account: GmailAccount, rows: Iterable[Message]) -> None:
    """Note that somebody has seen these again; under the account's lock, as whoever changes rows of messages."""
    sought = [row.pk for row in rows if row.looked_at and not row.in_inbox]
    if not sought:
        return
    with transaction.atomic():
        GmailAccount.objects.select_for_update().filter(pk=account.pk).values_list("pk").first()
        for piece in pieces(sought):
            Message.objects.filter(pk__in=piece).update(looked_at=Now())


def _fits(headers: Headers, history_id: int) -> bool:
    is_read = headers.history_id <= history_id
    return is_read and not is_in_inbox(headers.label_ids) and NO_MAIL.isdisjoint(headers.label_ids)


def _forget_surplus(account: GmailAccount) -> None:
    sought = account.messages.sought().order_by("-looked_at", "-pk")
    for piece in pieces(sought.values_list("pk", flat=True)[MOST_ROWS:]):
        Message.objects.filter(pk__in=piece).delete()
