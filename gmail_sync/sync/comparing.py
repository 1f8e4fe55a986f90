"""Compare mirrored and listed messages with what Gmail says of them now.

A listing is no snapshot and MIRROR_LIMIT cuts it: messages.get tells whether a message is gone (RULES R14).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from gmail_sync.acting.perform import perform_between
from gmail_sync.claims import Claim
from gmail_sync.events import MessageAdded
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.metadata import Fetched, Headers, Trouble
from gmail_sync.models import GmailAccount
from gmail_sync.sync import inbox_counts, mirror, skipped
from gmail_sync.sync.fetching import fetch
from gmail_sync.sync.writing import fetched_together
from realtime.events import Event
from realtime.log import eventlog
from realtime.log.eventlog import EventLog

# Mail may be older than the end of the last read and yet not have been in it: a read takes time, Gmail lists late, and
# its clock is not the database's. What was in it is mirrored, so that this much too early announces nothing twice.
LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class Comparison:
    """A comparison with Gmail at the historyId `pin` or later; `listed` are the ids that a listing has just shown."""

    pin: int
    listed: Collection[str]
    tell_all: bool = False  # also of mail that is not new; else `mailbox.resynced` shows it

    def run(self, claim: Claim, gmail: Gmail, gmail_ids: Iterable[str]) -> bool:
        """Ask Gmail for these messages and correct the mirror, a transaction a batch. Returns whether any differed."""
        differed: list[bool] = []
        for batch in fetch(gmail, gmail_ids, claim.account.failures):
            fetched_together(claim, batch, lambda part: differed.append(self._write(claim, part)))
            perform_between(claim, gmail)
        return any(differed)

    def _write(self, claim: Claim, batch: Fetched) -> bool:
        with eventlog.atomic() as log:
            account = claim.lock()
            differed = self._correct(log, account, batch)
            account.save(update_fields=inbox_counts.COLUMNS)
        return differed

    def _correct(self, log: EventLog, account: GmailAccount, batch: Fetched) -> bool:
        rows = mirror.rows(account, batch)
        member_ids = account.member_ids()

        def tell(event: Event) -> None:
            inbox_counts.follow(account, event)
            log.append(member_ids, event)

        differed = False
        for gmail_id, read in batch.items():
            row = rows.get(gmail_id)
            if isinstance(read, Trouble):
                if read.gone and row is not None:
                    tell(mirror.delete(row))
                    differed = True
                if (
                    not read.gone or gmail_id in self.listed
                ):  # listed and not found: asked again, as in any read (RULES R3)
                    skipped.note(account, gmail_id, read)
                continue
            headers = replace(read, history_id=max(read.history_id, self.pin))
            if row is not None:
                for event in mirror.relabel(row, headers.label_ids, headers.history_id, headers.thread_id):
                    tell(event)
                    differed = True
            else:
                row, differed = mirror.insert(account, headers), True
                if self.tell_all or _arrived_since(account, headers):
                    tell(MessageAdded(account.pk, row.as_json()))
        return differed


def _arrived_since(account: GmailAccount, headers: Headers) -> bool:
    """Tell new mail from a message that was there and only not mirrored."""
    synced_at = account.last_synced_at
    return synced_at is not None and headers.internal_date > (synced_at - LATE).timestamp() * 1_000
