"""Fetch messages, and judge what a refusal is about: one message's never holds up the others (RULES R19)."""

from collections.abc import Iterable, Iterator

from gmail_sync.exceptions import GmailError, GmailMisconfigured, GmailUnavailable
from gmail_sync.gmail import api as gmail_api
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.metadata import Fetched, Trouble
from gmail_sync.states import TroubleKind
from realtime.pieces import pieces

TRIES = 3  # of the mailbox: then what may be Gmail's outage may as well be this message
# What an answer says that may be about one message; a throttle, a lost grant and their like are about the mailbox.
OF_ONE = {GmailUnavailable: TroubleKind.FAILED, GmailMisconfigured: TroubleKind.REFUSED}


def fetch(
    gmail: Gmail, gmail_ids: Iterable[str], failures: int = 0, size: int | None = None, counts: bool = False
) -> Iterator[Fetched]:
    """Yield metadata of the messages, a batch at a time (20 units each); `counts` asks for the inbox's with the last.

    A refusal of some messages of a batch is theirs: it is yielded as a Trouble. A refusal of a whole batch may be an
    outage of Gmail's: it is raised, except for one batch once the mailbox has failed often enough. A refusal of the
    mailbox is raised after the rest of its batch was yielded: what was paid for is used.
    """
    forgives, gmail_ids = failures + 1 >= TRIES, list(gmail_ids)
    for ids in pieces(gmail_ids, size or gmail_api.BATCH_SIZE):
        try:
            room = ids[-1] == gmail_ids[-1] and len(ids) < gmail_api.BATCH_SIZE
            fetched, refusals = gmail.headers(ids, counts=counts and room)
        except (GmailUnavailable, GmailMisconfigured) as refusal:
            if not forgives or type(refusal) not in OF_ONE:
                raise
            if len(ids) > 1:
                yield from fetch(gmail, ids, failures, size=1)  # perhaps one of them spoils the batch for all
                continue
            fetched, refusals = {}, {ids[0]: refusal}
        gmail.answered |= bool(fetched)
        about_mailbox = [why for why in refusals.values() if type(why) not in OF_ONE]
        outage = not fetched and (len(ids) > 1 or not gmail.answered)
        if not outage:
            fetched |= _troubles(refusals)
        elif refusals and forgives and not about_mailbox:
            fetched, forgives = {gmail_id: refused(why) for gmail_id, why in refusals.items()}, False
            refusals = {}
        yield fetched
        for why in about_mailbox or (refusals.values() if outage else []):
            raise why


def refused(refusal: GmailError) -> Trouble:
    """Return the Trouble of a message that was refused when Gmail gave none at all."""
    return Trouble(f"messages.get: {refusal}"[:500], TroubleKind.OUTAGE)


def _troubles(refusals: dict[str, GmailError]) -> Fetched:
    own = {gmail_id: refusal for gmail_id, refusal in refusals.items() if type(refusal) in OF_ONE}
    return {gmail_id: Trouble(f"messages.get: {why}"[:500], OF_ONE[type(why)]) for gmail_id, why in own.items()}
