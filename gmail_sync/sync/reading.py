"""Read the history from the cursor: each page is written before the next is asked for (RULES R4)."""

from dataclasses import dataclass, replace

from gmail_sync import metrics
from gmail_sync.acting.perform import perform_between
from gmail_sync.claims import Claim
from gmail_sync.consent import renaming
from gmail_sync.exceptions import GmailError, HistoryUnavailable, QuotaSpent
from gmail_sync.gmail.api import Gmail, HistoryPage
from gmail_sync.gmail.history import by_message
from gmail_sync.gmail.metadata import Counts, Fetched
from gmail_sync.sync import batches, inbox_counts, mirror, skipped, watch, without_history
from gmail_sync.sync.batches import Batch
from gmail_sync.sync.fetching import OF_ONE, fetch, refused
from gmail_sync.sync.settling import Read
from gmail_sync.sync.turns import Turn
from gmail_sync.sync.writing import write

UNREADABLE_TRIES = 3


@dataclass(frozen=True)
class _Answer:
    """What Gmail told for a batch, and the refusal that ended it."""

    fetched: Fetched
    counts: Counts | None = None
    refusal: GmailError | QuotaSpent | None = None


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
        _take(claim, gmail, page, target, pushed=target > cursor)
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
    answer = _fetch(claim, gmail, batch)
    if isinstance(answer.refusal, GmailError) and type(answer.refusal) in OF_ONE:
        rest = [gmail_id for gmail_id in batch.to_fetch if gmail_id not in answer.fetched]
        answer = _Answer(answer.fetched | {gmail_id: refused(answer.refusal) for gmail_id in rest})
    _write(claim, batch, answer)


def _take(claim: Claim, gmail: Gmail, page: HistoryPage, target: int, pushed: bool) -> None:
    """Fetch the messages that one page needs and write it, batch by batch; the last one brings the inbox's counts."""
    account, histories = claim.account, by_message(page.records)
    known = mirror.known(account, histories)
    unknown = {gmail_id for gmail_id, history in histories.items() if history.worth_fetching} - known
    owed = skipped.known(account, histories)
    for batch in batches.cut(page.records, known | unknown | owed, unknown):
        is_last = not page.token and batch.cursor >= max(target, page.records[-1].id)
        new = [histories[gmail_id] for gmail_id in batch.to_fetch]
        counts = is_last and inbox_counts.will_be_due(account, claim.clock, pushed, new)
        again = [gmail_id for gmail_id in batch.to_fetch if gmail_id in owed]  # its arrival is in no record any more
        _write(claim, replace(batch, retries=again), _fetch(claim, gmail, batch, counts))
        perform_between(claim, gmail)


def _fetch(claim: Claim, gmail: Gmail, batch: Batch, counts: bool = False) -> _Answer:
    """Ask for the metadata that the batch needs, as far as Gmail gives it."""
    fetched: Fetched = {}
    gmail.counts = None
    try:
        for some in fetch(gmail, batch.to_fetch, claim.account.failures, counts=counts):
            fetched |= some
    except (GmailError, QuotaSpent) as refusal:
        return _Answer(fetched, refusal=refusal)
    return _Answer(fetched, gmail.counts)


def _write(claim: Claim, batch: Batch, answer: _Answer) -> None:
    write(claim, batch.up_to(answer.fetched) if answer.refusal else batch, answer.fetched, answer.counts)
    if answer.refusal:
        raise answer.refusal
