"""List the newest messages of the inbox, a page at a time; a long listing resumes where it was cut off."""

from collections.abc import Iterator

import structlog
from django.conf import settings

from gmail_sync.claims import Claim
from gmail_sync.exceptions import GmailMisconfigured, GmailUnavailable
from gmail_sync.gmail.api import Gmail, IdPage
from gmail_sync.sync.fetching import OF_ONE, TRIES
from gmail_sync.sync.turns import Turn

logger = structlog.get_logger(__name__)

PAGE_TRIES = 8  # of the mailbox, some minutes: then a page that Gmail refuses is left out with what follows it


def inbox_pages(claim: Claim, gmail: Gmail) -> Iterator[tuple[IdPage, int]]:
    """Yield pages of ids, MIRROR_LIMIT in all, each with the number of ids before it (5 units a page).

    The mailbox's row keeps the place. Raises GmailError, WorkEnds.
    """
    limit, place = settings.MIRROR_LIMIT, claim.account.listing or {}
    token, listed, last = place.get("token", ""), place.get("listed", 0), place.get("last")
    turn = Turn(listed)
    while listed < limit:
        try:
            page = gmail.message_ids(["INBOX"], limit - listed, token)
        except (GmailUnavailable, GmailMisconfigured) as refusal:
            if not token or type(refusal) not in OF_ONE:
                raise
            if claim.account.failures + 1 < PAGE_TRIES:
                if isinstance(refusal, GmailMisconfigured):  # tokens do not live for ever
                    claim.update(listing=None)
                raise
            _leave_the_rest(claim, refusal)
            break
        yield page, listed
        listed += len(page.ids) if page.ids[-1:] != [last] else 0  # the same page again gets nowhere
        token, last = page.token, page.ids[-1] if page.ids else last
        if not token or listed >= limit:
            break
        claim.update(listing={"token": token, "listed": listed, "last": last})
        if not turn.after_page(listed):
            endless = GmailUnavailable("messages.list: always another page, and nothing new on it")
            claim.update(listing=None)
            if claim.account.failures + 1 < TRIES:
                raise endless
            _leave_the_rest(claim, endless)
            break
    if claim.account.listing is not None:
        claim.update(listing=None)


def _leave_the_rest(claim: Claim, refusal: Exception) -> None:
    logger.error("sync.listing_cut", account=claim.account.pk, error=str(refusal)[:200])
