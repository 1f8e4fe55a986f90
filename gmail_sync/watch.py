"""Gmail's watch: renewed a day after the last renewal. Each renewal, and each change that no push announced, is a test
of the whole way back to us.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users/watch
"""

import random
from contextlib import suppress
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models.functions import Now

from gmail_sync.claims import Claim
from gmail_sync.exceptions import GmailMisconfigured, GmailUnavailable, WatchRefused, WatchTaken
from gmail_sync.gmail_api import Gmail
from gmail_sync.models import GmailWatch
from gmail_sync.states import PROBE_SECONDS, WatchState

logger = structlog.get_logger(__name__)

RENEW_SECONDS = 86_400
RETRY_SECONDS = 900


def renew_if_due(claim: Claim, gmail: Gmail) -> None:
    """Renew the watch when due, or stop it if an operator asked; a failure is kept on its row and polling goes on."""
    watch, _ = GmailWatch.objects.get_or_create(account=claim.account)
    watch.judge_probe(claim.now())
    with suppress(WatchRefused):
        if not watch.wanted and watch.state != WatchState.NONE:
            stop(watch, gmail)
        elif settings.GMAIL_PUBSUB_TOPIC and watch.wanted and watch.is_due(claim.now()):
            renew(claim, watch, gmail)


def renew(claim: Claim, watch: GmailWatch, gmail: Gmail) -> None:
    """Call watch now. Never touches the cursor: what lies between would be lost (GMAIL.md, lesson 1).

    Raises WatchRefused, after having noted it on the row.
    """
    try:
        _renew(claim, watch, gmail)
    except (GmailMisconfigured, GmailUnavailable, WatchTaken) as error:
        watch.state, watch.last_error, watch.probe_sent_at = WatchState.FAILED, str(error), None
        watch.renew_at = claim.now() + timedelta(seconds=RETRY_SECONDS * random.uniform(0.8, 1.2))
        watch.save(update_fields=["state", "last_error", "probe_sent_at", "renew_at"])
        logger.warning("watch.refused", account=claim.account.pk, error=type(error).__name__)
        raise WatchRefused(str(error)) from error


def _renew(claim: Claim, watch: GmailWatch, gmail: Gmail) -> None:
    topic = settings.GMAIL_PUBSUB_TOPIC
    GmailWatch.objects.filter(pk=watch.pk).update(probe_sent_at=Now())  # before: its notification is that fast
    try:
        expires_at = gmail.watch(topic)
    except WatchTaken:
        gmail.stop()
        expires_at = gmail.watch(topic)
    now = claim.now()
    lifetime = max((expires_at - now).total_seconds(), 0)
    watch.topic, watch.expires_at, watch.renewed_at, watch.last_error = topic, expires_at, now, ""
    watch.renew_at = now + timedelta(seconds=min(RENEW_SECONDS, lifetime / 2) * random.uniform(0.9, 1.0))
    if watch.state != WatchState.SILENT:
        watch.state = WatchState.ACTIVE
    watch.save(update_fields=["topic", "expires_at", "renewed_at", "renew_at", "last_error", "state"])
    logger.info("watch.renewed", account=watch.account_id)


def stop(watch: GmailWatch, gmail: Gmail) -> None:
    """End the watch and do not renew it; polling goes on. Raises WatchRefused."""
    try:
        gmail.stop()
    except (GmailMisconfigured, GmailUnavailable) as error:
        raise WatchRefused(str(error)) from error
    watch.state, watch.wanted = WatchState.NONE, False
    watch.expires_at = watch.renew_at = watch.probe_sent_at = None
    watch.save(update_fields=["state", "wanted", "expires_at", "renew_at", "probe_sent_at"])
    logger.info("watch.stopped", account=watch.account_id)


def doubt(claim: Claim) -> None:
    """A change was found that no push announced: unless one came within two minutes before it, one has to come now."""
    if not claim.was_pushed_within(PROBE_SECONDS):
        proven = GmailWatch.objects.filter(account=claim.account, state=WatchState.ACTIVE, probe_sent_at=None)
        proven.update(probe_sent_at=claim.claimed_at)


def poll_seconds(claim: Claim) -> float:
    """When to look without being pushed: seldom where push is proven, soon while its proof is awaited."""
    watch = GmailWatch.objects.filter(account=claim.account).first()
    if watch is not None and watch.state == WatchState.ACTIVE:
        seconds = float(settings.SYNC_POLL_SECONDS)
        if watch.probe_sent_at is not None:
            # The moment when it is known: proven by then, or silent.
            due = watch.probe_sent_at + timedelta(seconds=PROBE_SECONDS)
            return min(seconds, max((due - claim.now()).total_seconds(), 0) + random.uniform(1, 5))
    else:
        seconds = float(settings.SYNC_POLL_SILENT_SECONDS)
    return seconds * random.uniform(0.8, 1.0)
