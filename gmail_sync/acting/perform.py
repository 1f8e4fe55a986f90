"""Send the acts that wait: the first thing of a sync, and between the parts of a long one.

The claim is exclusive, so that no history is read between the call and the writing of its effect. A crash after the
call repeats it, which changes nothing (docs/adr/0034-acts-are-written-through.md).
"""

import structlog

from gmail_sync.acting.closing import close_all, waiting_for
from gmail_sync.acting.difference import Difference
from gmail_sync.acting.refusals import Reason
from gmail_sync.acting.taking import take, wanted
from gmail_sync.acting.writing import settle_by_mirror, write_through
from gmail_sync.announce import announce
from gmail_sync.claims import Claim
from gmail_sync.exceptions import AccessRefused, GmailError, GmailThrottled, GrantLost, QuotaSpent, WorkEnds
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.changing import Why, modify
from gmail_sync.gmail.refusals import SCOPE_MISSING
from gmail_sync.models import LabelAction
from gmail_sync.states import ActionState
from gmail_sync.sync.fetching import TRIES
from realtime.log import eventlog

logger = structlog.get_logger(__name__)


def perform_waiting(claim: Claim, gmail: Gmail) -> None:
    """Send what waits and write it through, neighbours with the same difference together.

    Costs nothing while no act waits. Raises GmailError, WorkEnds; what was not written through waits on.
    """
    while claim.account.acts_due:
        if actions := take(claim):
            _perform(claim, gmail, actions)


def perform_between(claim: Claim, gmail: Gmail) -> None:
    """Do the same between the parts of a read, unless the mailbox has failed lately: perhaps at these very acts, which
    must not end the read that tells (RULES R19).
    """
    if not _tried_enough(claim):
        perform_waiting(claim, gmail)


def perform_first(claim: Claim, gmail: Gmail) -> GmailError | None:
    """Do the same at the beginning of a sync; return a failure that is no reason not to read, after some tries.

    Gmail may be away, or fail at or refuse these acts alone: the read that follows tells (RULES R19). While the mailbox
    waits for the budget of a long read, its acts alone were due: then raise QuotaSpent.
    """
    account = claim.account
    if not account.acts_due:
        return None
    try:
        perform_waiting(claim, gmail)
    except (GmailThrottled, GrantLost):
        raise
    except GmailError as failure:
        if not _tried_enough(claim):
            raise
        return failure
    if account.budget_at is not None and account.budget_at > claim.clock.now():
        raise QuotaSpent((account.budget_at - claim.clock.now()).total_seconds())
    return None


def give_up(claim: Claim) -> None:
    """Settle the acts that were sent and not answered, while Gmail answers all else, by what the read has just shown.

    Gmail may have done them, or some of them, before it failed.
    """
    with eventlog.atomic() as log:
        account = claim.lock()
        for action in waiting_for(account).exclude(sent_at=None):
            settle_by_mirror(log, account, action)
    logger.warning("acts.given_up", account=account.pk)


def _tried_enough(claim: Claim) -> bool:
    return claim.account.failures + 1 >= TRIES


def _perform(claim: Claim, gmail: Gmail, actions: list[LabelAction]) -> None:
    refused: dict[str, Why] = {}
    try:
        for difference, gmail_ids in _calls(actions).items():
            refused |= modify(gmail, gmail_ids, difference.add, difference.remove)
    except AccessRefused as refusal:
        if refusal.cause != SCOPE_MISSING:
            raise
        _note_read_only(claim)
        return
    write_through(claim, actions, refused)
    logger.info("acts.performed", account=claim.account.pk, acts=len(actions), refused=len(refused))


def _calls(actions: list[LabelAction]) -> dict[Difference, list[str]]:
    """Return what to send: the messages of each difference, each once. Only an undo has more than one difference."""
    calls: dict[Difference, dict[str, None]] = {}
    for action in actions:
        for gmail_id, difference in wanted(action).items():
            calls.setdefault(difference, {})[gmail_id] = None
    return {difference: list(gmail_ids) for difference, gmail_ids in calls.items()}


def _note_read_only(claim: Claim) -> None:
    """The consent covers reading alone: say so, refuse what waits, and let the reading go on.

    Raises WorkEnds if there is a new consent, which may cover more (RULES R6).
    """
    with eventlog.atomic() as log:
        account = claim.lock()
        if account.credentials_version != claim.consent:
            raise WorkEnds("another consent came")
        account.can_act = account.acts_due = False
        account.save(update_fields=["can_act", "acts_due"])
        announce(log, account)
        close_all(log, account, ActionState.REFUSED, Reason.READ_ONLY)
    logger.warning("acts.read_only", account=account.pk)
