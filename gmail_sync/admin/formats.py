"""The cells of lists: states with a colour, and times by their distance from now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.states import AccountState, WatchState

SOON = timedelta(days=1)  # a watch lives 7 days and is renewed each day: this one was not
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
ACCOUNT_TONES = {AccountState.CONNECTED: "good", AccountState.REAUTH_REQUIRED: "bad"}
WATCH_TONES = {WatchState.ACTIVE: "good", WatchState.SILENT: "bad", WatchState.FAILED: "bad"}


def badge(tone: str, words: str) -> SafeString:
    """Draw a state as a badge; `tone` is good, bad, warn or calm."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, words)


def with_error(state: SafeString, error: str) -> SafeString:
    """Draw a state and below it the last error, cut; its whole text shows under the pointer."""
    if not error:
        return state
    return format_html('{}<span class="error-text" title="{}">{}</span>', state, error, Truncator(error).chars(160))


def span(seconds: float) -> str:
    """Return `12 s`, `3 min`, `5 h` or `6 d`, rounded down."""
    for unit, size in UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


def moment(at: datetime | None) -> SafeString | str:
    """Draw `3 min ago` or `in 6 d`; the exact time shows under the pointer."""
    if at is None:
        return "-"
    seconds = (at - timezone.now()).total_seconds()
    words = f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"
    return format_html('<time datetime="{}" title="{} UTC">{}</time>', at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S}", words)


def moment_column(words: str, field: str) -> Callable[[Any, Any], SafeString | str]:
    """Make a column, headed by these words, of the moments in a field."""

    @admin.display(description=words, ordering=field)
    def column(model_admin: object, row: object) -> SafeString | str:
        return moment(getattr(row, field))

    return column


def account_state(account: GmailAccount) -> SafeString:
    """Draw the mailbox's state, with its progress during the first sync."""
    words = account.get_state_display()
    if account.state == AccountState.SYNCING and account.backfill_total:
        words = f"{words} {account.backfill_done} of {account.backfill_total}"
    if account.state == AccountState.CONNECTED and account.history_away_since is not None:
        return badge("warn", f"{words}, without history")
    return badge(ACCOUNT_TONES.get(AccountState(account.state), "warn"), words)


def watch_state(watch: GmailWatch | None) -> SafeString:
    """Draw the state of a mailbox's watch."""
    if watch is None:
        return badge("warn", "none yet")
    if not watch.wanted:
        return badge("calm", "stopped" if watch.state == WatchState.NONE else "stop asked")
    if watch.renew_at is None:
        return badge("warn", "renewal asked")
    if watch.expires_at is not None and watch.expires_at <= timezone.now():
        return badge("bad", "lapsed")
    return badge(WATCH_TONES.get(WatchState(watch.state), "warn"), WatchState(watch.state).name.lower())


def expiry(watch: GmailWatch) -> SafeString | str:
    """Draw the time until the watch lapses: yellow on its last day, red once it has."""
    if watch.expires_at is None:
        return "-"
    left = watch.expires_at - timezone.now()
    tone = "bad" if left <= timedelta() else "warn" if left < SOON else "good"
    return format_html('<span class="expiry-{}">{}</span>', tone, moment(watch.expires_at))


def probe(watch: GmailWatch) -> str:
    """Tell whether the notification came that Gmail sends after a renewal or a change."""
    if watch.renewed_at is None or watch.state == WatchState.FAILED:
        return "-"
    if watch.probe_sent_at is None:
        return "arrived"
    return "did not arrive" if watch.state == WatchState.SILENT else "awaited"


def behind(account: GmailAccount) -> str:
    """Return for how long a change has waited to be read."""
    now = timezone.now()
    pushed = account.notified_history_id > (account.history_id or 0)
    since = account.last_push_at if pushed else account.next_sync_at
    if account.state == AccountState.REAUTH_REQUIRED or since is None or since >= now:
        return "-"
    return span((now - since).total_seconds())


def at_work(account: GmailAccount) -> SafeString | str:
    """Return what the workers do with the mailbox now, or when its next turn is."""
    now = timezone.now()
    if account.state == AccountState.REAUTH_REQUIRED:
        return "waits for consent"
    resync = "" if not account.resync_due else "resync under way" if account.resync_pin else "resync asked"
    if account.claim_expires_at is not None and account.claim_expires_at > now:
        return resync or "at work"
    held_until = max(filter(None, (account.retry_at, account.budget_at)), default=now)
    if held_until > now:
        return format_html("{}again {}", f"{resync}, " if resync else "", moment(held_until))
    if account.next_sync_at is not None and account.next_sync_at <= now:
        return resync or "due"
    return resync or format_html("next {}", moment(account.next_sync_at))
