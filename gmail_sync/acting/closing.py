"""Settle an act: write how it ended, and tell the user who did it, after all that it changed."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.db.models.functions import Now

from gmail_sync.acting.refusals import Reason
from gmail_sync.events import ActionSettled
from gmail_sync.models import GmailAccount, LabelAction
from gmail_sync.states import ActionState
from realtime.log.eventlog import EventLog


def close(log: EventLog, action: LabelAction, state: ActionState, reason: str = "", failed: Iterable[str] = ()) -> None:
    """Settle a waiting act. Call it under the account's lock; a second time nothing happens."""
    failed = sorted({*action.failed, *failed})
    changes = action.changes if state in (ActionState.DONE, ActionState.PARTLY) else {}
    kept = {gmail_id: change for gmail_id, change in changes.items() if gmail_id not in failed}
    outcome = {"state": state, "reason": reason, "failed": failed, "changes": kept}
    waiting = LabelAction.objects.filter(pk=action.pk, state=ActionState.WAITING)
    if not waiting.update(**outcome, settled_at=Now()):
        return
    action.state, action.reason, action.failed, action.changes = state, reason, failed, kept
    if User.objects.filter(pk=action.user_id).exists():  # the release before deletes a user and leaves their acts
        log.append([action.user_id], ActionSettled(action.account_id, str(action.op), state, reason, failed))


def close_all(log: EventLog, account: GmailAccount, state: ActionState, reason: Reason) -> None:
    """Settle every act that waits for this mailbox."""
    for action in waiting_for(account):
        close(log, action, state, reason)


def waiting_for(account: GmailAccount) -> QuerySet[LabelAction]:
    """Return the acts that wait for this mailbox, in the order in which they were asked for."""
    return LabelAction.objects.filter(account_id=account.pk, state=ActionState.WAITING).order_by("pk")
