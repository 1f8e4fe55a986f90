"""The mailboxes' states in the words of their page. One that is not read says neither "Connected" nor "On"."""

from datetime import datetime
from typing import Any

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.pages import lateness
from gmail_sync.states import AccountState, WatchState

STATE_WORDS = {
    AccountState.SYNCING: "Reading your mail for the first time",
    AccountState.CONNECTED: "Connected",
    AccountState.REAUTH_REQUIRED: "Google asks for your consent again",
    AccountState.CLOSING: "Disconnecting",
}
WATCH_WORDS = {
    WatchState.ACTIVE: "On: Google tells us of every change at once",
    WatchState.SILENT: "Silent: Google's notices do not arrive, so we look every minute",
    WatchState.FAILED: "Off: Google refused to notify us, so we look regularly",
    WatchState.NONE: "Not set up yet: we look regularly",
}
LAPSED_WORDS = "Lapsed: Google's notices have ended, so we look every minute"
PAUSED_WORDS = "Paused until you allow it again"
FAILING_WORDS = "Google's notices arrive, but we cannot read what they tell of"
# {since} is a time of day; the page names the mailbox beside them.
LATE_WORDS = {
    "gmail": "Not read since {since}: Gmail does not answer",
    "throttled": "Not read since {since}: Gmail asks us to wait",
    "keys": "Not read since {since}: we cannot open its consent, an operator must mend that",
    "error": "Not read since {since}: something fails on our side, we go on trying",
    "worker": "New mail waits since {since}: nobody reads it on our side",
    "push": "New mail comes within a minute, not at once",
}


def card_of(account: GmailAccount) -> dict[str, Any]:
    """Return what the mailboxes' page shows of one."""
    watch: GmailWatch | None = getattr(account, "watch", None)
    late = lateness.late_mailbox(account)
    failing = late is not None and late["reason"] != "push"
    return {
        "account": account,
        "late": late,
        "words": late_words(late) if late and failing else STATE_WORDS[AccountState(account.state)],
        "watch_state": watch.state if watch else WatchState.NONE.value,
        "watch_words": _watch_words(account, watch, late),
        "watch_expires_at": watch.expires_at if watch else None,
    }


def _watch_words(account: GmailAccount, watch: GmailWatch | None, late: lateness.Late | None) -> str:
    """Return the words for its notices; a mailbox that is not read has nothing that is "on"."""
    if watch is None or watch.state != WatchState.ACTIVE:
        return WATCH_WORDS[WatchState(watch.state) if watch else WatchState.NONE]
    if account.state == AccountState.REAUTH_REQUIRED:
        return PAUSED_WORDS
    if late is None:
        return WATCH_WORDS[WatchState.ACTIVE]
    return LAPSED_WORDS if late["reason"] == "push" else FAILING_WORDS


def late_words(late: lateness.Late) -> str:
    """Return the words for a page without scripts, with the time in UTC."""
    words = LATE_WORDS[late["reason"]]
    if late["since"] is None:
        return words.replace(" since {since}", "")
    return words.format(since=f"{datetime.fromisoformat(late['since']):%-d %b, %H:%M} UTC")
