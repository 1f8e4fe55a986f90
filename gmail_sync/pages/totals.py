"""How many messages are unread, as Gmail itself counts, and whether Gmail has older ones than we mirror."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from gmail_sync.models import GmailAccount
from gmail_sync.querysets import MessageQuerySet
from gmail_sync.states import AccountState


@dataclass(frozen=True)
class Totals:
    """Of one mailbox's inbox. Unless `exact`, there are `unread` at least."""

    unread: int
    exact: bool
    older_in_gmail: bool


def of_mailboxes(accounts: Iterable[GmailAccount], visible: MessageQuerySet) -> dict[int, Totals]:
    """The totals by mailbox; `visible` is their mail. One query."""
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
