"""List the labels of a mailbox where somebody needs them: after a consent to act, or at a label that is not known."""

import structlog
from django.db.models.functions import Now

from gmail_sync.claims import Claim
from gmail_sync.events import MailboxLabelsListed
from gmail_sync.exceptions import GmailMisconfigured, GmailThrottled, GmailUnavailable
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.changing import list_labels
from gmail_sync.models import MailboxLabels
from realtime.log import eventlog

logger = structlog.get_logger(__name__)


def list_if_due(claim: Claim, gmail: Gmail) -> None:
    """Ask for the labels (1 unit) if somebody wants them; tell the members if they differ from what was known.

    A failure of this call alone delays nothing else: the next sync asks again. Raises GmailThrottled.
    """
    if not claim.account.labels_due:
        return
    try:
        labels = list_labels(gmail)
    except GmailThrottled:
        raise
    except (GmailMisconfigured, GmailUnavailable) as error:
        logger.warning("labels.not_listed", account=claim.account.pk, error=type(error).__name__)
        return
    with eventlog.atomic() as log:
        account = claim.lock()
        known = MailboxLabels.objects.filter(account=account).first()
        MailboxLabels.objects.update_or_create(account=account, defaults={"labels": labels, "listed_at": Now()})
        if known is None or known.labels != labels:
            log.append(account.member_ids(), MailboxLabelsListed(account.pk, labels))
        account.labels_due = False
        account.save(update_fields=["labels_due"])
