"""Read the history from the cursor: each page is written before the next is asked for (RULES R4)."""

from gmail_sync import metrics
from gmail_sync.claims import Claim
from gmail_sync.consent import renaming
from gmail_sync.exceptions import GmailError, HistoryUnavailable, QuotaSpent
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.history import Record, by_message
from gmail_sync.gmail.metadata import Fetched
from gmail_sync.sync import batches, mirror, skipped, watch, without_history
from gmail_sync.sync.batches import Batch
from gmail_sync.sync.fetching import OF_ONE, fetch, refused
from gmail_sync.sync.settling import Read
from gmail_sync.sync.turns import Turn
from gmail_sync.sync.writing import write

UNREADABLE_TRIES = 3


def read_changes(claim: Claim, gmail: Gmail) -> Read:
    """Bring the mirror to the end of Gmail's history.

    Raises GmailError, WorkEnds; the pages written before stay, and the cursor stands behind them.
    """
    account = claim.account
    cursor, target = account.history_id or 0, account.notified_history_id
    retries = skipped.due(account)
    turn, newest = Turn(cursor), 0
    for page in gmail.history(cursor, skip_unreadable=account.failures + 1 >= UNREADABLE_TRIES):
        if account.history_away_since is not None:
            without_history.end(claim)
        if page.records and not newest and target <= cursor:
            metrics.UNANNOUNCED.inc()
            watch.doubt(account, claim.clock)
            renaming.look_if_unannounced(claim, gmail)
        newest = page.newest
        _take(claim, gmail, page.records)
        if page.token and not turn.after_page(account.history_id or 0):
            raise HistoryUnavailable("history.list: always another page, and nothing new on it")
    retry(claim, gmail, retries)
    return Read(cursor, account.history_id or 0, target, newest)


def retry(claim: Claim, gmail: Gmail, gmail_ids: list[str]) -> None:
    """Try messages of the ledger again that are still in it. Call it after new mail was fetched, which comes first."""
    retries = skipped.still_due(claim.account, gmail_ids)
    if not retries:
        return
    batch = Batch(to_fetch=retries, retries=retries)
    fetched, refusal = _fetch(claim, gmail, batch)
    if isinstance(refusal, GmailError) and type(refusal) in OF_ONE:
        rest = [gmail_id for gmail_id in batch.to_fetch if gmail_id not in fetched]
        fetched |= {gmail_id: refused(refusal) for gmail_id in rest}
        refusal = None
    _write_fetched(claim, batch, fetched, refusal)


def _take(claim: Claim, gmail: Gmail, records: list[Record]) -> None:
    """Fetch the messages that one page needs and write it, batch by batch."""
    histories = by_message(records)
    known = mirror.known(claim.account, histories)
    unknown = {gmail_id for gmail_id, history in histories.items() if history.worth_fetching} - known
    concerned = known | unknown | skipped.known(claim.account, histories)
    for batch in batches.cut(records, concerned, unknown):
        _write_fetched(claim, batch, *_fetch(claim, gmail, batch))


def _fetch(claim: Claim, gmail: Gmail, batch: Batch) -> tuple[Fetched, GmailError | QuotaSpent | None]:
    """Return the metadata that the batch needs, as far as Gmail gives it, and the refusal that ended it."""
    fetched: Fetched = {}
    try:
        for some in fetch(gmail, batch.to_fetch, claim.account.failures):
            fetched |= some
    except (GmailError, QuotaSpent) as refusal:
        return fetched, refusal
    return fetched, None


def _write_fetched(claim: Claim, batch: Batch, fetched: Fetched, refusal: GmailError | QuotaSpent | None) -> None:
    write(claim, batch.up_to(fetched) if refusal else batch, fetched)
    if refusal:
        raise refusal
