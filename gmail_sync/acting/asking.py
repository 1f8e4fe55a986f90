"""Take an act: store it and have the mailbox due, in one transaction that locks the account first (RULES R1).

Nothing here asks Gmail: a worker does, under the claim (perform.py).
"""

import uuid

from django.db import IntegrityError
from django.db.models.functions import Now

from gmail_sync.acting.asked import MOST_MESSAGES, Wanted
from gmail_sync.acting.closing import close
from gmail_sync.acting.refusals import (
    LABEL,
    NEEDS_CONSENT,
    READ_ONLY,
    TOO_MANY,
    TOO_OFTEN,
    UNKNOWN,
    ActRefused,
    Reason,
)
from gmail_sync.acting.seen import seen_messages
from gmail_sync.models import GmailAccount, LabelAction, MailboxLabels
from gmail_sync.querysets import DUE_NOW, from_now
from gmail_sync.schedule import wake_workers
from gmail_sync.states import AccountState, ActionState
from realtime.log import eventlog

MOST_IN_A_MINUTE = 120  # acts of one user
MINUTE_SECONDS = 60


def ask(user_id: int, wanted: Wanted) -> tuple[LabelAction, bool]:
    """Store the act. Returns it, and whether it is a new one: asking again is free. Raises ActRefused."""
    if known := of_op(user_id, wanted.op):
        return known, False
    try:
        with eventlog.atomic():
            account = _locked(user_id, wanted.account_id)
            if known := of_op(user_id, wanted.op):
                return known, False
            _check_labels(account, wanted)
            message_ids = seen_messages(user_id, account, wanted)
            if not message_ids:
                raise ActRefused(UNKNOWN)
            if len(message_ids) > MOST_MESSAGES:
                raise ActRefused(TOO_MANY)
            add, remove = wanted.difference.as_json()
            missing = sorted(set(wanted.messages).difference(message_ids))
            values = {"message_ids": message_ids, "add": add, "remove": remove, "failed": missing}
            action = _store(user_id, account, wanted.op, **values)
    except IntegrityError:
        return _stored_meanwhile(user_id, wanted.op), False
    wake_workers()
    return action, True


def undo(user_id: int, op: uuid.UUID, by: uuid.UUID) -> tuple[LabelAction, bool]:
    """Take back what the act `op` really changed; drop it if no worker has taken it. Raises ActRefused."""
    if known := of_op(user_id, by):
        return known, False
    original = of_op(user_id, op)
    if original is None:
        raise ActRefused(UNKNOWN)
    try:
        with eventlog.atomic() as log:
            account = _locked(user_id, original.account_id)
            if known := of_op(user_id, by):
                return known, False
            original.refresh_from_db()
            action = _store(user_id, account, by, undoes=original, message_ids=original.message_ids)
            if original.state == ActionState.WAITING and original.sent_at is None:
                close(log, original, ActionState.DROPPED, Reason.UNDONE)
            if original.state != ActionState.WAITING and not original.changes:
                close(log, action, ActionState.DONE)
    except IntegrityError:
        return _stored_meanwhile(user_id, by), False
    wake_workers()
    return action, True


def of_op(user_id: int, op: uuid.UUID) -> LabelAction | None:
    """Return the user's act of this name."""
    return LabelAction.objects.filter(user_id=user_id, op=op).first()


def _stored_meanwhile(user_id: int, op: uuid.UUID) -> LabelAction:
    """Return the act of the same name that another request, about another mailbox, stored at the same time."""
    return LabelAction.objects.get(user_id=user_id, op=op)


def _locked(user_id: int, account_id: int) -> GmailAccount:
    """Lock the mailbox and return it, if the user may act on it now."""
    account = GmailAccount.objects.select_for_update().filter(pk=account_id).defer("credentials").first()
    if account is None or user_id not in account.member_ids():
        raise ActRefused(UNKNOWN)
    if not account.can_act:
        raise ActRefused(READ_ONLY)
    if account.state == AccountState.REAUTH_REQUIRED:
        raise ActRefused(NEEDS_CONSENT)
    return account


def _check_labels(account: GmailAccount, wanted: Wanted) -> None:
    """Refuse labels that the mailbox has not, as far as its list is known; Gmail judges the others."""
    own = wanted.difference.own_labels()
    listed = MailboxLabels.objects.filter(account=account).first() if own else None
    if listed is not None and not own <= {label["id"] for label in listed.labels}:
        raise ActRefused(LABEL)


def _store(user_id: int, account: GmailAccount, op: uuid.UUID, **values: object) -> LabelAction:
    """Store an act and have the mailbox due: a back-off stays, as for a push (RULES R5)."""
    lately = LabelAction.objects.filter(user_id=user_id, created_at__gt=from_now(-MINUTE_SECONDS))
    if lately.count() >= MOST_IN_A_MINUTE:
        raise ActRefused(TOO_OFTEN)
    action = LabelAction.objects.create(user_id=user_id, account=account, op=op, created_at=Now(), **values)
    GmailAccount.objects.filter(pk=account.pk).update(**DUE_NOW, acts_due=True)
    return action
