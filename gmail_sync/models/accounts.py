"""Mailboxes, their watches and the workers. A row says when its mailbox is due; nothing else does."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models

from gmail_sync.fields import Sealed, SealedField
from gmail_sync.querysets import GmailAccountQuerySet
from gmail_sync.states import LATEST_RENEWAL, PROBE_SECONDS, AccountState, WatchState
from realtime import compiled
from realtime.compiled import Given

HISTORY_AWAY = models.Q(history_away_since__isnull=False)


class GmailAccount(models.Model):
    """One mailbox, whoever sees it: Gmail allows one watch each."""

    email = models.EmailField(unique=True, help_text="Lower case.")
    google_sub = models.CharField(max_length=255, unique=True, help_text="Google's id: an address can be reassigned.")
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="gmail_accounts", blank=True)
    state = models.CharField(max_length=20, choices=AccountState, default=AccountState.SYNCING)
    credentials = SealedField(default=Sealed, blank=True, editable=False)
    credentials_version = models.PositiveIntegerField(default=0, help_text="Grows with each consent.")
    scopes = models.TextField(blank=True, default="", db_default="", help_text="What the stored consent covers.")
    can_act = models.BooleanField(default=False, db_default=False, help_text="Labels may be changed, not only read.")
    shows_readers = models.BooleanField(
        default=False, db_default=False, help_text="Members are told who of them reads which conversation."
    )
    revoking_at = models.DateTimeField(null=True, blank=True, help_text="Since when its grant is being given back.")
    address_seen_at = models.DateTimeField(null=True, blank=True, help_text="When Gmail last told its address.")

    # The cursor, and how far Gmail said that it has to go.
    history_id = models.BigIntegerField(null=True, help_text="History is known up to here.")
    notified_history_id = models.BigIntegerField(default=0, help_text="The newest historyId of a push.")
    resync_requested = models.BooleanField(default=False, db_default=False, help_text="An operator asked for one.")
    # 0: a release that has not the column above was asked for one.
    resync_pin = models.BigIntegerField(null=True, blank=True, help_text="Set while a resync is under way.")
    mirrored = models.BooleanField(default=False, help_text="The first sync has finished.")
    listing = models.JSONField(null=True, blank=True, editable=False)  # where a long listing goes on (listing.py)
    backfill_done = models.PositiveIntegerField(default=0)
    backfill_total = models.PositiveIntegerField(default=0)
    history_away_since = models.DateTimeField(null=True, blank=True, help_text="Since then Gmail gives no history.")
    history_seen_id = models.BigIntegerField(null=True, blank=True, help_text="Compared up to here meanwhile.")

    # When it is due. All times are the database's.
    next_sync_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="Not before, after an error; no push clears it.")
    budget_at = models.DateTimeField(null=True, blank=True, help_text="Not before, but for acts: the budget is spent.")
    acts_due = models.BooleanField(default=False, db_default=False, editable=False)
    labels_due = models.BooleanField(default=False, db_default=False, editable=False)  # to be listed
    wakes = models.PositiveBigIntegerField(default=0, help_text="How often somebody asked for a sync.")
    unsettled_reads = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=40, blank=True, help_text="The worker that has it.")
    claim_expires_at = models.DateTimeField(null=True, blank=True)

    # What its calls have cost lately (quota.py), and Gmail's own counts of the inbox.
    quota_spent = models.JSONField(default=list, editable=False)
    reads_spent = models.JSONField(default=list, db_default=[], editable=False)  # by people (reading/budget.py)
    inbox_unread = models.PositiveIntegerField(null=True, blank=True)
    inbox_total = models.PositiveIntegerField(null=True, blank=True)
    counts_due = models.BooleanField(default=False, editable=False)
    counted_at = models.DateTimeField(null=True, blank=True, editable=False)

    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    refused_since = models.DateTimeField(null=True, blank=True, help_text="Gmail itself says no, which may pass.")
    refusals = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    last_error = models.TextField(blank=True)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GmailAccountQuerySet.as_manager()

    shared: bool  # of a row that was read for a user (GmailAccountQuerySet.seen_by)
    has_skipped = True  # whether its ledger may have entries; a claim knows (claims.py)

    class Meta:
        ordering = ["email"]
        # Without what waits for its consent: overdue for ever, every claim would read it.
        indexes = [
            models.Index(fields=["next_sync_at"], name="account_due", condition=~models.Q(state="reauth_required")),
            # The few that are not as most are: an index on all would cost every sync.
            models.Index(fields=["state"], name="account_unusual", condition=~models.Q(state="connected")),
            models.Index(fields=["failures"], name="account_failing", condition=models.Q(failures__gt=0)),
            models.Index(fields=["acts_due"], name="account_acts", condition=models.Q(acts_due=True)),
            models.Index(fields=["history_away_since"], name="account_away", condition=HISTORY_AWAY),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def resync_due(self) -> bool:
        """Tell whether a resync was asked for or is under way."""
        return self.resync_requested or self.resync_pin is not None

    def member_ids(self) -> list[int]:
        """Return the users who see this mailbox. Call it under the account's lock (RULES R1)."""
        return [user_id for (user_id,) in compiled.tuples(_members, account=self.pk)]


def _members() -> "models.QuerySet[Any, Any]":
    through = GmailAccount.users.through.objects
    return through.filter(gmailaccount_id=Given("account")).values_list("user_id")


class GmailWatch(models.Model):
    """Gmail's promise to notify our topic about one mailbox; it lives 7 days at most."""

    account = models.OneToOneField(GmailAccount, on_delete=models.CASCADE, related_name="watch")
    topic = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=WatchState, default=WatchState.NONE)
    wanted = models.BooleanField(default=True, help_text="Off: stopped by an operator, not renewed.")
    expires_at = models.DateTimeField(null=True, blank=True)
    renewed_at = models.DateTimeField(null=True, blank=True)
    renew_at = models.DateTimeField(null=True, blank=True, help_text="When the next renewal is due.")
    probe_sent_at = models.DateTimeField(null=True, blank=True, help_text="Since when a notification is awaited.")
    renewal_failures = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="In a row.")
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "gmail watches"
        # What health and metrics ask for at every probe, of those that are meant to be renewed.
        indexes = [
            models.Index(fields=["state"], name="watch_state", condition=models.Q(wanted=True)),
            models.Index(fields=["expires_at"], name="watch_expiry", condition=models.Q(wanted=True)),
        ]

    def __str__(self) -> str:
        return f"watch of {self.account}"

    def is_due(self, now: datetime) -> bool:
        """Tell whether to renew it now; a watch on another topic is none, and a renewal that failed waits."""
        if self.renew_at is None or not now < self.renew_at < now + LATEST_RENEWAL:
            return True
        waits = self.state == WatchState.FAILED or self.renewal_failures > 0
        return self.topic != settings.GMAIL_PUBSUB_TOPIC and not waits

    def judge_probe(self, now: datetime) -> None:
        """Call the watch active if a push came since it was expected, and silent if none came within two minutes."""
        if self.probe_sent_at is None:
            return
        known = self.state, self.probe_sent_at
        self.probe_sent_at = min(self.probe_sent_at, now)  # else a clock was set back
        pushed_at = self.account.last_push_at
        if pushed_at is not None and pushed_at >= self.probe_sent_at:
            self.state, self.probe_sent_at = WatchState.ACTIVE, None
        elif self.probe_sent_at < now - timedelta(seconds=PROBE_SECONDS):
            self.state = WatchState.SILENT
        if (self.state, self.probe_sent_at) != known:
            self.save(update_fields=["state", "probe_sent_at"])


class WorkerHeartbeat(models.Model):
    """One worker process: it writes its row every few seconds (heartbeat.py). The times are the database's."""

    id = models.CharField(max_length=32, primary_key=True)
    host = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"worker on {self.host}"
