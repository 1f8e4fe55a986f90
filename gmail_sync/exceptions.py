"""One class for each reaction; catch them only where the answer is chosen. Each says what it makes happen.

GmailSyncError
├─ PushRefused · CertsUnavailable · PushUnreadable      the webhook answers 401 · 503 · 204
├─ PubSubUnavailable                                    a command says so
│  └─ PubSubMissing · PubSubForbidden · PubSubConflict · PubSubUnimplemented
├─ ConsentFailed                                        the user reads one sentence
├─ CredentialsUnreadable                                back off, a minute at most
├─ GmailError                                           back off
│  ├─ GmailUnavailable (and GmailThrottled, HistoryUnavailable)   … not before Gmail's `retry_after`
│  ├─ GmailMisconfigured (and ClientRefused)
│  ├─ NotFound · WatchTaken · RecordUnreadable · HistoryExpired
│  ├─ GrantLost                                         ask for a new consent
│  ├─ AccessRefused                                     doubt, then ask for a new consent
│  └─ WatchRefused · WatchDelayed                       go on by polling
└─ WorkEnds                                             nothing failed
   ├─ ClaimLost                                         write nothing
   ├─ Stopping                                          give the mailbox back, due now
   ├─ TurnOver                                          … and forget its failures
   └─ QuotaSpent                                        … due when units are to be had again
"""

import re
from typing import ClassVar

from gmail_sync.mail.header_text import cleaned
from gmail_sync.states import Reaction, SyncResult

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LIMIT = 500  # characters; an operator's list shows less


def for_operators(error: Exception) -> str:
    """Return `Kind: text`, to be kept on a row. Of a foreign error: its first line, without what it quotes.

    A database quotes the value that it refuses, and the row below: somebody's mail.
    """
    text = str(error) if isinstance(error, GmailSyncError) else _QUOTED.sub("…", str(error).partition("\n")[0])
    return cleaned(f"{type(error).__name__}: {text}")[:_LIMIT]


class GmailSyncError(Exception):
    """Everything that this app raises on purpose."""

    reaction: ClassVar[Reaction] = Reaction.BACK_OFF
    result: ClassVar[SyncResult] = SyncResult.RETRY
    longest_wait: ClassVar[float] = 900.0  # seconds of a back-off that Google did not name
    cause: str = ""  # Google's code for it, if it gave one that matters

    def __init__(self, text: str = "", retry_after: float | None = None) -> None:
        super().__init__(cleaned(text))  # rows keep it, and others' words are in it
        self.retry_after = retry_after  # seconds, if Google named them


class PushRefused(GmailSyncError):
    """Not from our Pub/Sub subscription: 401."""


class CertsUnavailable(GmailSyncError):
    """Google's certificates cannot be had: 503, Pub/Sub delivers again."""


class PushUnreadable(GmailSyncError):
    """From the right sender, but not a notification: acknowledged, since delivering again cannot mend it."""


class PubSubUnavailable(GmailSyncError):
    """A call to Pub/Sub did not give an answer."""


class PubSubMissing(PubSubUnavailable):
    """The topic or subscription does not exist (any more)."""


class PubSubForbidden(PubSubUnavailable):
    """The service account may not do that, or the API is not enabled."""


class PubSubConflict(PubSubUnavailable):
    """Somebody else changed or made it meanwhile: read again, then try again."""


class PubSubUnimplemented(PubSubUnavailable):
    """501: this Pub/Sub knows no access control, as Google's emulator: there is nothing to grant."""


class ConsentFailed(GmailSyncError):
    """The mailbox was not connected, or nobody signed in; the text is one sentence for the user."""

    def __init__(self, text: str, whose: str = "") -> None:
        super().__init__(text)
        self.whose = whose  # who can change it (consent/refusals.py), for the log


class CredentialsUnreadable(GmailSyncError):
    """No key of TOKEN_ENCRYPTION_KEYS opens the stored credentials; the user's consent may be fine."""

    result = SyncResult.CREDENTIALS_UNREADABLE
    longest_wait = 60.0  # looking again costs Google nothing, and the right keys may come with any restart


class GmailError(GmailSyncError):
    """A call to Gmail, or to the token endpoint before it, did not give what it asked for."""


class GmailUnavailable(GmailError):
    """5xx, a throttle, a network fault: try again, not before `retry_after` seconds if Gmail said so."""


class GmailThrottled(GmailUnavailable):
    """429, or a 403 that names a limit: it is about the mailbox or the project, never about one message."""


class HistoryUnavailable(GmailUnavailable):
    """history.list refuses, has no end, or says nothing that can be read; after some tries, go on without it."""


class GmailMisconfigured(GmailError):
    """Only the operator can mend it: topic, role, API not enabled."""


class ClientRefused(GmailMisconfigured):
    """The token endpoint refuses our OAuth client: that says nothing about any one mailbox or watch."""


class NotFound(GmailError):
    """404: the caller knows what that means."""


class WatchTaken(GmailError):
    """Another topic of ours watches the mailbox: stop, then watch."""


class RecordUnreadable(GmailError):
    """A history record is not what Google promises; it is left out after three tries."""


class HistoryExpired(GmailError):
    """Gmail no longer knows the cursor: resync."""


class GrantLost(GmailError):
    """The user must consent again: the token endpoint's own word, or Gmail's after minutes; `cause` is its code."""

    reaction, result = Reaction.ASK_CONSENT, SyncResult.REAUTH_REQUIRED

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause


class AccessRefused(GmailError):
    """Gmail's own no: 401, too narrow a consent, no mailbox. Believed once it has lasted (sync/attempt.py)."""

    reaction, result = Reaction.DOUBT, SyncResult.ACCESS_REFUSED
    longest_wait = 60.0


class WatchRefused(GmailError):
    """Gmail did not give the watch; that is on its row, and the mailbox goes on by polling."""

    reaction, result = Reaction.GIVE_BACK, SyncResult.WATCH_REFUSED


class WatchDelayed(GmailError):
    """The watch could not be renewed just now; its row says when that is tried again, and the mailbox goes on."""

    reaction, result = Reaction.GIVE_BACK, SyncResult.WATCH_DELAYED


class WorkEnds(GmailSyncError):
    """The work on the mailbox ends early, and nothing failed: give it back, due now."""

    reaction, result = Reaction.GIVE_BACK, SyncResult.GIVEN_BACK


class ClaimLost(WorkEnds):
    """Another worker took over, or the cursor is not where it was: write nothing."""

    reaction, result = Reaction.LEAVE, SyncResult.CLAIM_LOST


class Stopping(WorkEnds):
    """The worker was asked to end."""


class TurnOver(WorkEnds):
    """The mailbox has had its turn and got further, and there is more: give it back, due now."""

    reaction, result = Reaction.NEXT_TURN, SyncResult.UNFINISHED


class QuotaSpent(WorkEnds):
    """Our own budget for the mailbox is used up for `retry_after` seconds; `of_all`: for small calls, too."""

    reaction, result = Reaction.WAIT, SyncResult.BUDGET_SPENT

    def __init__(self, seconds: float, of_all: bool = False) -> None:
        super().__init__(f"for {seconds:.1f} s", seconds)
        self.of_all = of_all
