"""One class per reaction; catch them only where the answer is chosen."""

import re

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LIMIT = 500  # characters; an operator's list shows less


def for_operators(error: Exception) -> str:
    """`Kind: text`, to be kept on a row. Of an error that is not ours the first line, without what it quotes.

    A database quotes the value that it refuses, and the row below: somebody's mail.
    """
    text = str(error) if isinstance(error, FinitoError) else _QUOTED.sub("…", str(error).partition("\n")[0])
    return f"{type(error).__name__}: {text}"[:_LIMIT]


class FinitoError(Exception):
    """Everything that this app raises on purpose."""


# A push


class PushRefused(FinitoError):
    """Not from our Pub/Sub subscription: 401."""


class CertsUnavailable(FinitoError):
    """Google's certificates cannot be had: 503, Pub/Sub delivers again."""


class PushUnreadable(FinitoError):
    """From the right sender, but not a notification: acknowledged, since delivering again cannot mend it."""


# Pub/Sub itself


class PubSubUnavailable(FinitoError):
    """A call to Pub/Sub did not give an answer."""


class PubSubMissing(PubSubUnavailable):
    """The topic or subscription does not exist (any more)."""


class PubSubForbidden(PubSubUnavailable):
    """The service account may not do that, or the API is not enabled."""


class PubSubConflict(PubSubUnavailable):
    """Somebody else changed or made it meanwhile: read again, then try again."""


class PubSubUnimplemented(PubSubUnavailable):
    """501: this Pub/Sub knows no access control, as Google's emulator: there is nothing to grant."""


# A consent


class ConsentFailed(FinitoError):
    """The mailbox was not connected, or nobody signed in; the text is one sentence for the user."""

    def __init__(self, text: str, whose: str = "") -> None:
        super().__init__(text)
        self.whose = whose  # who can change it (consent/refusals.py), for the log


# Gmail


class GmailError(FinitoError):
    """A call to Gmail did not give an answer."""


class GmailUnavailable(GmailError):
    """5xx, a throttle, a network fault: try again, not before `retry_after` seconds if Gmail said so."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class GmailThrottled(GmailUnavailable):
    """429, or a 403 that names a limit: it is about the mailbox or the project, never about one message."""


class QuotaSpent(GmailError):
    """Our own budget for the mailbox is used up for `seconds`: no fault, only later."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"budget spent for {seconds:.1f} s")
        self.seconds = seconds


class GrantLost(GmailError):
    """The user must consent again: the token endpoint's own word, or Gmail's after minutes; `cause` is its code."""

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause


class AccessRefused(GmailError):
    """Gmail's own no: 401, too narrow a consent, no mailbox. Believed once it has lasted (attempt.py)."""


class GmailMisconfigured(GmailError):
    """Only the operator can mend it: topic, role, API not enabled."""


class ClientRefused(GmailMisconfigured):
    """The token endpoint does not take our OAuth client: nothing is said about any one mailbox or watch."""


class NotFound(GmailError):
    """404: what that means, the caller knows."""


class WatchRefused(GmailError):
    """Gmail did not give the watch; that is on its row, and the mailbox goes on by polling."""


class WatchDelayed(GmailError):
    """The watch could not be renewed just now; its row says when that is tried again, and the mailbox goes on."""


class WatchTaken(GmailError):
    """Another topic of ours watches the mailbox: stop, then watch."""


class RecordUnreadable(GmailError):
    """A history record is not what Google promises; it is left out after three tries."""


class HistoryExpired(GmailError):
    """Gmail no longer knows the cursor: resync."""


class HistoryUnavailable(GmailUnavailable):
    """history.list refuses, has no end, or says nothing that can be read; after some tries, go on without it."""


# A claim


class ClaimLost(FinitoError):
    """Another worker took over, or the cursor is not where it was: write nothing."""


class Stopping(FinitoError):
    """The worker was asked to end: give the mailbox back, due now."""


class TurnOver(FinitoError):
    """The mailbox has had its turn and got further, and there is more: give it back, due now."""


# Credentials at rest


class CredentialsUnreadable(FinitoError):
    """No key of TOKEN_ENCRYPTION_KEYS opens the stored credentials; says nothing about the user's consent."""
