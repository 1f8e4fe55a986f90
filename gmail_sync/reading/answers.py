"""Choose the answer for a mail that cannot be had: a status, and one sentence for its reader. Pure."""

import math
from dataclasses import dataclass

from django.db import DatabaseError

from gmail_sync.exceptions import (
    CredentialsUnreadable,
    GmailSyncError,
    GmailThrottled,
    GrantLost,
    NotFound,
    QuotaSpent,
)

RETRY_SECONDS = 10
UNAVAILABLE = (GmailSyncError, TimeoutError, DatabaseError)  # what is answered by a refusal


@dataclass(frozen=True)
class Refusal:
    """The status, its reason in one word, the sentence, and after how many seconds to ask again (0: not)."""

    status: int
    reason: str
    sentence: str
    retry_after: int = 0


def refusal(error: Exception) -> Refusal:
    """Return the answer to one of UNAVAILABLE."""
    if isinstance(error, NotFound):
        return Refusal(410, "gone", "This message is no longer in Gmail.")
    if isinstance(error, GrantLost):
        sentence = "Google asks for your consent to this mailbox again: reconnect it on the page Mailboxes."
        return Refusal(409, "reauth_required", sentence)
    seconds = max(1, math.ceil(getattr(error, "retry_after", None) or RETRY_SECONDS))
    if isinstance(error, QuotaSpent):
        sentence = f"Much of this mailbox was opened in the last minute, and Gmail wants a pause of {seconds} s."
        return Refusal(503, "budget", sentence, seconds)
    if isinstance(error, GmailThrottled):
        return Refusal(503, "throttled", f"Gmail wants a pause of {seconds} s.", seconds)
    if isinstance(error, CredentialsUnreadable):
        return Refusal(503, "credentials", "Finito cannot open its access to this mailbox; an operator can.", 60)
    if isinstance(error, DatabaseError):
        return Refusal(503, "busy", "Finito is busy just now.", seconds)
    return Refusal(503, "unavailable", "Gmail does not answer just now.", seconds)
