"""The unread count of each mailbox, Gmail's own if it is known, and whether Gmail has older mail than the mirror."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from gmail_sync.models import GmailAccount
from gmail_sync.querysets import MessageQuerySet
from gmail_sync.states import AccountState


@dataclass(frozen=True)
class Totals:
    """The counts of one inbox. Unless `exact`, `unread` is a lower bound."""

    unread: int
    exact: bool
    older_in_gmail: bool


NOT_COUNTED = Totals(0, False, False)


def of_mailboxes(accounts: Iterable[GmailAccount], visible: MessageQuerySet) -> dict[int, Totals]:
    """Count by mailbox in one query; `visible` is the mail to count."""
    unread = Count("pk", filter=Q(is_unread=True))
    own = visible.filter(in_inbox=True).order_by().values("account").annotate(mirrored=Count("pk"), unread=unread)
    counts = {row["account"]: (row["mirrored"], row["unread"]) for row in own}
    return {account.pk: _totals(account, *counts.get(account.pk, (0, 0))) for account in accounts}


def _totals(account: GmailAccount, mirrored: int, unread: int) -> Totals:
    if account.inbox_unread is not None:
        return Totals(account.inbox_unread, True, (account.inbox_total or 0) > mirrored)
    cut = account.backfill_total >= settings.MIRROR_LIMIT
    whole = account.mirrored or account.state == AccountState.CONNECTED
    return Totals(unread, whole and not cut, cut)
