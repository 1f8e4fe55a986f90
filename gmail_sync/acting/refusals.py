"""The reasons why an act is not taken, with their HTTP status, and why one that was taken came to nothing."""

from dataclasses import dataclass
from enum import StrEnum

from gmail_sync.exceptions import GmailSyncError


@dataclass(frozen=True)
class Refusal:
    """An answer to a page."""

    status: int
    reason: str


UNREADABLE = Refusal(400, "unreadable")
READ_ONLY = Refusal(403, "read_only")
UNKNOWN = Refusal(404, "unknown")  # not theirs and not existing alike
NEEDS_CONSENT = Refusal(409, "reauth_required")
TOO_MANY = Refusal(413, "too_many")
LABEL = Refusal(422, "label")
TOO_OFTEN = Refusal(429, "too_often")


class ActRefused(GmailSyncError):
    """The act is not taken, and nothing was stored."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class Reason(StrEnum):
    """The reason of an outcome that is not `done`, as `action.settled` carries it."""

    GONE = "gone"  # from Gmail
    LABEL = "label"  # Gmail does not take it
    READ_ONLY = "read_only"
    GMAIL = "gmail"  # Gmail failed at it, or was away for too long
    CONSENT = "reauth_required"
    LEFT = "left"  # the user no longer sees the mailbox
    UNDONE = "undone"
