"""Tell the members of a mailbox how it stands."""

from gmail_sync.events import AccountStatus
from gmail_sync.models import GmailAccount
from gmail_sync.states import AccountState
from realtime.log.eventlog import EventLog


def announce(log: EventLog, account: GmailAccount) -> None:
    """Append the mailbox's state for each member. Call it under the account's lock."""
    syncing = account.state == AccountState.SYNCING
    done, total = (account.backfill_done, account.backfill_total) if syncing else (None, None)
    members = account.member_ids()
    shared = len(members) > 1
    status = AccountStatus(account.pk, account.state, account.email, done, total, account.can_act, shared)
    log.append(members, status)
