"""Reading the history from the cursor: a page at a time, each written before the next is asked for (RULES R4)."""

from gmail_sync import metrics
from gmail_sync.claims import Claim
from gmail_sync.consent import renaming
from gmail_sync.exceptions import GmailError, HistoryUnavailable
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.history import Record, by_message
from gmail_sync.gmail.metadata import Fetched
from gmail_sync.sync import batches, mirror, settling, skipped, watch, without_history
from gmail_sync.sync.batches import Part, Portion
from gmail_sync.sync.fetching import OF_ONE, fetch, refused
from gmail_sync.sync.turns import Turn
from gmail_sync.sync.writing import write

UNREADABLE_TRIES = 3


def read_changes(claim: Claim, gmail: Gmail) -> float:
    """Bring the mirror to where Gmail's history ends. Returns in how many seconds the mailbox is due again.

    Raises GmailError, ClaimLost, TurnOver; what was written before stays, and the cursor says up to where.
    """
    cursor, target = claim.account.history_id or 0, claim.account.notified_history_id
    owed = skipped.due(claim.account)
    turn, newest = Turn(cursor), 0
    for page in gmail.history(cursor, skip_unreadable=claim.account.failures + 1 >= UNREADABLE_TRIES):
        without_history.ended(claim)
        if page.records and not newest and target <= cursor:
            metrics.UNANNOUNCED.inc()
            watch.doubt(claim)
            renaming.look_if_unannounced(claim, gmail)
        newest = page.newest
        _take(claim, gmail, page.records)
        if page.token and not turn.after_page(claim.account.history_id or 0):
            raise HistoryUnavailable("history.list: always another page, and nothing new on it")
    retry(claim, gmail, owed)
    return settling.settle(claim, gmail, pushed=target > cursor, target=target, newest=newest)


def retry(claim: Claim, gmail: Gmail, owed: list[str]) -> None:
    """Try those of the ledger's messages again that are still in it; what new mail needed was asked for before."""
    record = skipped.record(claim.account, owed)
    if not record.steps:
        return
    part = Part([Portion(record, 0)], [step.gmail_id for step in record.steps])
    fetched, refusal = _fetch(claim, gmail, part)
    if refusal is not None and type(refusal) in OF_ONE:
        rest = [gmail_id for gmail_id in part.to_fetch if gmail_id not in fetched]
        fetched |= {gmail_id: refused(refusal) for gmail_id in rest}
        refusal = None
    _write_fetched(claim, part, fetched, refusal)


def _take(claim: Claim, gmail: Gmail, records: list[Record]) -> None:
    """One page: fetch what is needed of it and write it, part by part."""
    histories = by_message(records)
    known = mirror.known(claim.account, histories)
    unknown = {gmail_id for gmail_id, history in histories.items() if history.worth_fetching} - known
    concerned = known | unknown | skipped.known(claim.account, histories)
    for part in batches.cut(records, concerned, unknown):
        _write_fetched(claim, part, *_fetch(claim, gmail, part))


def _fetch(claim: Claim, gmail: Gmail, part: Part) -> tuple[Fetched, GmailError | None]:
    """The metadata that the part needs, as far as Gmail gives it, and why it stopped."""
    fetched: Fetched = {}
    try:
        for batch in fetch(gmail, part.to_fetch, claim.account.failures):
            fetched |= batch
    except GmailError as refusal:
        return fetched, refusal
    return fetched, None


def _write_fetched(claim: Claim, part: Part, fetched: Fetched, refusal: GmailError | None) -> None:
    write(claim, part.up_to(fetched) if refusal else part, fetched)
    if refusal:
        raise refusal
