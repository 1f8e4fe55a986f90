"""Write through what Gmail has done: the mirror, the events with who did it, and last the end of the act."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gmail_sync.acting.closing import close, waiting_for
from gmail_sync.acting.difference import Difference
from gmail_sync.acting.refusals import Reason
from gmail_sync.acting.taking import wanted
from gmail_sync.claims import Claim
from gmail_sync.events import MessageChanged
from gmail_sync.gmail.changing import Why
from gmail_sync.models import GmailAccount, LabelAction, Message
from gmail_sync.states import ActionState
from gmail_sync.sync import inbox_counts, mirror
from realtime.log import eventlog
from realtime.log.eventlog import EventLog
from realtime.presence.scenes import name_of


def write_through(claim: Claim, actions: list[LabelAction], refused: Mapping[str, Why]) -> None:
    """Relabel the rows, tell the members, and settle the acts, in one transaction under the claim.

    A row's history_id stays: older records that were not read yet are applied later, in order with ours behind them,
    and end at Gmail's state (RULES R14). Raises ClaimLost.
    """
    with eventlog.atomic() as log:
        account = claim.lock()
        member_ids = account.member_ids()
        rows = mirror.rows(account, {gmail_id for action in actions for gmail_id in action.message_ids})
        for action in actions:
            differences = wanted(action)
            failed = {gmail_id: Why.GONE for gmail_id in differences if gmail_id not in rows}
            failed |= {gmail_id: why for gmail_id, why in refused.items() if gmail_id in differences}
            for event in _relabelled(action, differences, rows, failed):
                log.append(member_ids, event)
                inbox_counts.follow(account, event)
            close(log, action, *_outcome(action, failed), failed)
        account.labels_due |= Why.LABEL in refused.values()
        account.acts_due = waiting_for(account).exists()
        account.save(update_fields=[*inbox_counts.COLUMNS, "labels_due", "acts_due"])


def settle_by_mirror(log: EventLog, account: GmailAccount, action: LabelAction) -> None:
    """Settle an act that nothing answered by what a read has just shown. Call it under the account's lock."""
    differences = wanted(action)
    rows = mirror.rows(account, differences)
    shown = {gmail_id for gmail_id, row in rows.items() if differences[gmail_id].holds_for(row.label_ids)}
    failed = dict.fromkeys(differences.keys() - shown, Why.GMAIL)
    close(log, action, *_outcome(action, failed), failed)


def _relabelled(
    action: LabelAction, differences: dict[str, Difference], rows: dict[str, Message], failed: Mapping[str, Why]
) -> Iterator[MessageChanged]:
    by = _actor(action)
    for gmail_id, difference in differences.items():
        if gmail_id in failed:
            continue
        row = rows[gmail_id]
        for event in mirror.relabel(row, difference.applied_to(row.label_ids), row.history_id):
            yield replace(event, by=by, op=str(action.op))


def _outcome(action: LabelAction, failed: Mapping[str, Why]) -> tuple[ActionState, str]:
    if not failed and not action.failed:
        return ActionState.DONE, ""
    reason = next((Reason(why) for why in (Why.LABEL, Why.GMAIL) if why in failed.values()), Reason.GONE)
    none_left = bool(failed) and wanted(action).keys() <= failed.keys()
    return (ActionState.REFUSED if none_left else ActionState.PARTLY), reason


def _actor(action: LabelAction) -> dict[str, Any]:
    """Return the member as others see them: a name, never the address that they sign in with."""
    return {"id": action.user_id, "name": name_of(action.user)}
