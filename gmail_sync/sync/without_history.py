"""Serve a mailbox whose history Gmail does not give, even from its newest id, for days: compare listings.

The cursor stays, and each round begins with a read from it: when the history is back, it brings all that the listings
could not show, and repeats nothing, since each row knows its historyId (RULES R14). docs/adr/0016-without-a-history.md
has the costs.
"""

from collections.abc import Iterator

import structlog
from django.db.models.functions import Coalesce, Now

from gmail_sync.claims import Claim
from gmail_sync.exceptions import HistoryExpired, HistoryUnavailable
from gmail_sync.gmail.api import BATCH_SIZE, Gmail, IdPage
from gmail_sync.models import GmailAccount, Message
from gmail_sync.sync import mirror, settling, watch
from gmail_sync.sync.comparing import Comparison
from gmail_sync.sync.settling import ReadAgain, Settled

logger = structlog.get_logger(__name__)


def answers(account: GmailAccount, gmail: Gmail, newest: int) -> bool:
    """Tell whether Gmail gives the history from the newest id on (2 units): then only the cursor is too old."""
    if newest == account.history_id:
        return False  # that is what was just asked
    try:
        next(gmail.history(newest))
    except HistoryExpired:
        return False
    except HistoryUnavailable:
        if account.history_away_since is None:
            raise
        return False
    return True


def end(claim: Claim) -> None:
    """Note that Gmail gives the history from the cursor again."""
    claim.update(history_away_since=None, history_seen_id=None)
    logger.info("sync.history_back", account=claim.account.pk)


def look(claim: Claim, gmail: Gmail, newest: int) -> ReadAgain | Settled:
    """Find the changes up to the historyId `newest`, which was read before (10 units and 20 a message)."""
    account = claim.account
    seen, target = account.history_seen_id or 0, account.notified_history_id
    if account.history_away_since is None:
        logger.warning("sync.history_away", account=account.pk)
        claim.update(history_away_since=Coalesce("history_away_since", Now()))
    differed = newest != seen and _compare_listings(claim, gmail, newest)
    if differed and target <= seen:
        watch.doubt(account, claim.clock)
    again = settling.repeat(account.unsettled_reads)
    if again and target > seen and not differed and newest != seen:
        return again  # pushed, and not listed yet, as in any read (RULES R3)
    trailing = settling.trailing_after(account.last_push_at, claim.clock.claimed_at, claim.clock.now())
    if trailing is None:
        longest_ago = account.messages.filter(history_id__lt=newest).order_by("history_id", "pk")
        gmail_ids = list(longest_ago.values_list("gmail_id", flat=True)[:BATCH_SIZE])
        Comparison(newest, (), tell_all=True).run(claim, gmail, gmail_ids)
    claim.later(history_seen_id=newest)
    return Settled(trailing)


def _compare_listings(claim: Claim, gmail: Gmail, newest: int) -> bool:
    """Compare where the newest page of the inbox, or of its unread mail, differs from the mirror (10 units)."""
    inbox, unread = gmail.message_ids(["INBOX"]), gmail.message_ids(["INBOX", "UNREAD"])
    gmail_ids = list(dict.fromkeys(_questions(claim.account, inbox, unread, newest)))
    return Comparison(newest, set(inbox.ids), tell_all=True).run(claim, gmail, gmail_ids)


def _questions(account: GmailAccount, inbox: IdPage, unread: IdPage, newest: int) -> Iterator[str]:
    rows = mirror.rows(account, dict.fromkeys([*inbox.ids, *unread.ids]))
    yield from _unknown(inbox, rows)
    older = [row for row in rows.values() if row.history_id < newest]
    is_unread, since = set(unread.ids), _reaches_back_to(unread, rows)
    yield from (r.gmail_id for r in older if r.internal_date > since and r.is_unread != (r.gmail_id in is_unread))
    listed = account.messages.filter(in_inbox=True, internal_date__gt=_reaches_back_to(inbox, rows))
    gmail_ids = listed.filter(history_id__lt=newest).values_list("gmail_id", flat=True)
    yield from sorted(set(gmail_ids) - set(inbox.ids))
    yield from (row.gmail_id for row in older if row.gmail_id in set(inbox.ids) and not row.in_inbox)


def _unknown(page: IdPage, rows: dict[str, Message]) -> list[str]:
    """Return the ids that the mirror lacks; of a listing that goes on, not its end: that is old mail that moved up."""
    known = [place for place, gmail_id in enumerate(page.ids) if gmail_id in rows]
    end = known[-1] if page.token and known else len(page.ids)
    return [gmail_id for gmail_id in page.ids[:end] if gmail_id not in rows]


def _reaches_back_to(page: IdPage, rows: dict[str, Message]) -> int:
    """Return the date of the oldest message on the page, in milliseconds; of a whole listing, a date before all."""
    dates = [rows[gmail_id].internal_date for gmail_id in page.ids if gmail_id in rows]
    return min(dates) if page.token and dates else -(2**63)
