"""Gmail's watch: renewed a day after the last renewal. Each renewal, and each change that no push announced, is a test
of the whole way back to us.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users/watch
"""

import random
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models.functions import Now

from gmail_sync.claims import Clock
from gmail_sync.exceptions import (
    AccessRefused,
    ClientRefused,
    GmailError,
    GmailMisconfigured,
    GmailUnavailable,
    WatchDelayed,
    WatchRefused,
    WatchTaken,
)
from gmail_sync.gmail.api import Gmail
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.states import PROBE_SECONDS, RENEW_SECONDS, WatchState

logger = structlog.get_logger(__name__)

RETRY_SECONDS = 900  # after Google has refused; also the longest delay after anything else
FAULT_SECONDS = 2.0  # after the first fault on the way, then twice as long each time
DOUBT_TRIES = 4  # of a refusal that may pass (attempt.py)


def renew_if_due(account: GmailAccount, clock: Clock, gmail: Gmail) -> bool:
    """Renew the watch when due, or stop it if an operator asked; a failure is kept on its row and polling goes on.

    Returns whether it was renewed.
    """
    watch = _watch(account) or GmailWatch.objects.get_or_create(account=account)[0]
    watch.judge_probe(clock.now())
    with suppress(WatchRefused, WatchDelayed):
        if not watch.wanted and watch.state != WatchState.NONE:
            stop(watch, gmail)
        elif settings.GMAIL_PUBSUB_TOPIC and watch.wanted and watch.is_due(clock.now()):
            renew(account, watch, clock, gmail)
            return True
    return False


def renew(account: GmailAccount, watch: GmailWatch, clock: Clock, gmail: Gmail) -> None:
    """Call watch now. Never touches the cursor: changes between the cursor and the answer's historyId would be lost.

    Raises WatchRefused for Google's no, WatchDelayed for a fault on the way; the row has noted both by then.
    """
    try:
        _renew(account, watch, clock, gmail)
    except ClientRefused:
        raise
    except (GmailMisconfigured, WatchTaken) as error:
        raise _refused(account, watch, clock, error) from error
    except AccessRefused as error:
        refused = watch.renewal_failures + 1 >= DOUBT_TRIES
        raise (_refused if refused else _delayed)(account, watch, clock, error) from error
    except GmailUnavailable as error:
        raise _delayed(account, watch, clock, error) from error


def _refused(account: GmailAccount, watch: GmailWatch, clock: Clock, error: GmailError) -> WatchRefused:
    """Note that Google refuses to notify us."""
    watch.state, watch.last_error, watch.probe_sent_at = WatchState.FAILED, str(error), None
    _try_again(account, watch, clock, RETRY_SECONDS * random.uniform(0.8, 1.2))
    logger.warning("watch.refused", account=watch.account_id, error=type(error).__name__)
    return WatchRefused(str(error))


def _delayed(account: GmailAccount, watch: GmailWatch, clock: Clock, error: GmailError) -> WatchDelayed:
    """Note a fault on the way: the watch stays in the state that was known."""
    seconds = min(RETRY_SECONDS, FAULT_SECONDS * 2 ** min(watch.renewal_failures, 10)) * random.uniform(0.5, 1.0)
    seconds = max(seconds, error.retry_after or 0)
    if watch.state != WatchState.FAILED:
        watch.last_error = f"{type(error).__name__}: {error}"[:500]
    _try_again(account, watch, clock, seconds)
    logger.warning("watch.delayed", account=watch.account_id, error=type(error).__name__)
    return WatchDelayed(str(error))


def _try_again(account: GmailAccount, watch: GmailWatch, clock: Clock, seconds: float) -> None:
    watch.renewal_failures = min(watch.renewal_failures + 1, 10_000)
    watch.renew_at = clock.now() + timedelta(seconds=seconds)
    _save(account, watch, ["state", "last_error", "probe_sent_at", "renew_at", "renewal_failures"])


def _renew(account: GmailAccount, watch: GmailWatch, clock: Clock, gmail: Gmail) -> None:
    topic = settings.GMAIL_PUBSUB_TOPIC
    GmailWatch.objects.filter(pk=watch.pk).update(probe_sent_at=Now())  # before: its notification is that fast
    watch.refresh_from_db(fields=["probe_sent_at"])
    try:
        expires_at = gmail.watch(topic)
    except WatchTaken:
        gmail.stop()
        expires_at = gmail.watch(topic)
    now = clock.now()
    lifetime = max((expires_at - now).total_seconds(), 0)
    watch.topic, watch.expires_at, watch.renewed_at, watch.last_error = topic, expires_at, now, ""
    watch.renew_at = now + timedelta(seconds=min(RENEW_SECONDS, lifetime / 2) * random.uniform(0.9, 1.0))
    if watch.state != WatchState.SILENT:
        watch.state = WatchState.ACTIVE
    watch.renewal_failures = 0
    _save(account, watch, ["topic", "expires_at", "renewed_at", "renew_at", "renewal_failures", "last_error", "state"])
    logger.info("watch.renewed", account=watch.account_id)


def _save(account: GmailAccount, watch: GmailWatch, fields: list[str]) -> None:
    """Write how the call ended; a consent that came during it asks for a watch of its own (RULES R6)."""
    watch.save(update_fields=fields)
    used = account.credentials_version
    superseded = GmailAccount.objects.filter(pk=account.pk, credentials_version__gt=used)
    GmailWatch.objects.filter(pk=watch.pk, account__in=superseded).update(renew_at=None)


def stop(watch: GmailWatch, gmail: Gmail) -> None:
    """End the watch, which is not wanted, and do not renew it; polling goes on. Raises WatchRefused, WatchDelayed."""
    try:
        gmail.stop()
    except ClientRefused:
        raise
    except (GmailMisconfigured, AccessRefused) as error:
        raise WatchRefused(str(error)) from error
    except GmailUnavailable as error:
        raise WatchDelayed(str(error)) from error
    watch.state, watch.expires_at, watch.renew_at, watch.probe_sent_at = WatchState.NONE, None, None, None
    watch.save(update_fields=["state", "expires_at", "renew_at", "probe_sent_at"])
    logger.info("watch.stopped", account=watch.account_id)


def doubt(account: GmailAccount, clock: Clock) -> None:
    """Expect a push within two minutes, since a change came without one; not if one came two minutes before."""
    proven = GmailWatch.objects.filter(account=account, state=WatchState.ACTIVE, probe_sent_at=None)
    recent = clock.claimed_at - timedelta(seconds=PROBE_SECONDS)
    doubted = proven.exclude(account__last_push_at__gt=recent).update(probe_sent_at=clock.claimed_at)
    if doubted and (watch := _watch(account)):
        watch.probe_sent_at = clock.claimed_at


def poll_seconds(account: GmailAccount, clock: Clock) -> float:
    """Return the seconds until the next poll: long where push is proven, short while its proof or renewal is due."""
    watch = _watch(account)
    if watch is None or watch.state != WatchState.ACTIVE:
        seconds = settings.SYNC_POLL_SILENT_SECONDS * random.uniform(0.8, 1.0)
    elif watch.probe_sent_at is None:
        seconds = settings.SYNC_POLL_SECONDS * random.uniform(0.8, 1.0)
    else:
        # The moment when it is known: proven by then, or silent.
        due = watch.probe_sent_at + timedelta(seconds=PROBE_SECONDS)
        seconds = min(settings.SYNC_POLL_SECONDS, _until(clock, due) + random.uniform(1, 5))
    if watch is not None and watch.wanted and watch.renewal_failures and watch.renew_at is not None:
        return float(min(seconds, _until(clock, watch.renew_at) + random.uniform(0, 1)))
    return float(seconds)


def _watch(account: GmailAccount) -> GmailWatch | None:
    """Return the watch that the claim read with the mailbox, and what this claim learned about it since."""
    return getattr(account, "watch", None)


def _until(clock: Clock, moment: datetime) -> float:
    return max((moment - clock.now()).total_seconds(), 0)
