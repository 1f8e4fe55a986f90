"""Take acts for sending: who may still act, what an undo takes back, and which acts go together."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from gmail_sync.acting.closing import close, waiting_for
from gmail_sync.acting.difference import Difference
from gmail_sync.acting.refusals import Reason
from gmail_sync.claims import Claim
from gmail_sync.gmail.changing import AT_ONCE
from gmail_sync.models import GmailAccount, LabelAction
from gmail_sync.states import ActionState
from gmail_sync.sync import mirror
from realtime.log import eventlog
from realtime.log.eventlog import EventLog

LOOKED_AT = 200  # acts in one transaction
WAITS = timedelta(hours=1)  # later it would happen to a list that its user no longer has before them


def take(claim: Claim) -> list[LabelAction]:
    """Return the next acts to send together, oldest first; settle those that may not be sent (any more).

    From here on an act counts as sent: it can be undone, and no longer be dropped. The changes of each are noted
    once, so that a repetition after a crash takes no credit away.
    """
    with eventlog.atomic() as log:
        account = claim.lock()
        found = list(waiting_for(account).select_related("undoes", "user")[:LOOKED_AT])
        members = set(account.member_ids())
        now = claim.clock.now()
        waiting = [action for action in found if not _close_unwanted(log, account, action, members, now - WAITS)]
        taken = together(waiting)
        _note_changes(account, [action for action in taken if action.sent_at is None], now)
        if not waiting and len(found) < LOOKED_AT:
            account.acts_due = False
            account.save(update_fields=["acts_due"])
        return taken


def together(waiting: list[LabelAction]) -> list[LabelAction]:
    """Return the first act and its neighbours with the same difference, up to 1,000 messages. An undo is alone."""
    taken = waiting[:1]
    if not taken or taken[0].undoes_id is not None:
        return taken
    first, count = taken[0], len(taken[0].message_ids)
    for action in waiting[1:]:
        count += len(action.message_ids)
        same = (action.add, action.remove, action.undoes_id) == (first.add, first.remove, None)
        if not same or count > AT_ONCE:
            break
        taken.append(action)
    return taken


def _close_unwanted(
    log: EventLog, account: GmailAccount, action: LabelAction, members: set[int], oldest: datetime
) -> bool:
    """Settle the act if its user left (RULES R1), the mailbox is read-only, or it is too late."""
    if action.user_id not in members:
        close(log, action, ActionState.DROPPED, Reason.LEFT)
    elif not account.can_act:
        close(log, action, ActionState.REFUSED, Reason.READ_ONLY)
    elif action.created_at < oldest:
        close(log, action, ActionState.EXPIRED, Reason.GMAIL)
    return action.state != ActionState.WAITING


def _note_changes(account: GmailAccount, actions: list[LabelAction], now: datetime) -> None:
    """Note what each act changes, by the labels that the mirror has now."""
    if not actions:
        return
    rows = mirror.rows(account, {gmail_id for action in actions for gmail_id in action.message_ids})
    labels = {gmail_id: set(row.label_ids) for gmail_id, row in rows.items()}
    for action in actions:
        differences = _undoing(action) if action.undoes_id else wanted(action)
        action.changes, action.sent_at = {}, now
        for gmail_id, difference in differences.items():
            effect = difference.effect_on(labels.get(gmail_id, ()))
            if gmail_id in labels and (effect.add or effect.remove):
                action.changes[gmail_id] = effect.as_json()
                labels[gmail_id] = difference.applied_to(labels[gmail_id])
    LabelAction.objects.bulk_update(actions, ["changes", "sent_at"], batch_size=50)


def wanted(action: LabelAction) -> dict[str, Difference]:
    """Return the difference for each message; an undo, whose changes were noted, has one for each."""
    if action.undoes_id is None:
        return dict.fromkeys(action.message_ids, Difference.of(action.add, action.remove))
    return {gmail_id: Difference.of(*change) for gmail_id, change in action.changes.items()}


def _undoing(action: LabelAction) -> dict[str, Difference]:
    """Return what takes back that which the undone act changed, without what another member has changed since."""
    original = action.undoes
    if original is None:
        return {}
    theirs = _changed_since(original)
    undoing = {}
    for gmail_id, change in original.changes.items():
        back = Difference.of(*change).inverse()
        taken = theirs.get(gmail_id, set())
        undoing[gmail_id] = Difference(back.add - taken, back.remove - taken)
    return undoing


def _changed_since(original: LabelAction) -> dict[str, set[str]]:
    """Return the labels of the messages that other members changed through Finito after this act."""
    later = LabelAction.objects.filter(account_id=original.account_id, pk__gt=original.pk)
    others = later.filter(Q(state=ActionState.DONE) | Q(state=ActionState.PARTLY)).exclude(user_id=original.user_id)
    theirs: dict[str, set[str]] = {}
    changes: Iterable[dict[str, list[list[str]]]] = others.values_list("changes", flat=True).iterator(chunk_size=100)
    for change in changes:
        for gmail_id in change.keys() & original.changes.keys():
            theirs.setdefault(gmail_id, set()).update(*change[gmail_id])
    return theirs
