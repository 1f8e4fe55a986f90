"""The tables of the event log, of presence, of the processes and their counts. The order of events is eventlog.py's."""

import secrets
from typing import Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator
from django.db import models

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 of them: each is as likely as the others


def random_name(length: int = 8) -> str:
    """Make a short random name of lower-case letters and digits, safe in an SSE id, a group name and a URL."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(length))


class EventStream(models.Model):
    """One row a user: their newest number. It outlives their events, so that no number comes twice."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="event_stream"
    )
    epoch = models.CharField(max_length=16, default=random_name, help_text="Changes when numbers may come again.")
    last_seq = models.BigIntegerField(default=0, help_text="The newest event's number; 0: none yet.")
    floor_seq = models.BigIntegerField(default=0, help_text="Events up to this number may be gone.")
    # The release before inserts rows without these two.
    relay_secret = models.CharField(
        max_length=32, default="", db_default="", editable=False, help_text="Of the user's topic at Supabase."
    )
    relayed_until = models.DateTimeField(null=True, editable=False, help_text="Until then somebody listens there.")

    def __str__(self) -> str:
        return f"stream of user {self.user_id} at {self.epoch}-{self.last_seq}"


class Rollout(models.Model):
    """The one row that says for whom Supabase is the transport, beside the stream (transport/supabase/).

    No constraint ties the users and groups to it: the release before must be able to delete them.
    """

    class Stage(models.TextChoices):
        OFF = "off", "off: nothing is sent"
        SHADOW = "shadow", "shadow: sent and compared, no page listens"
        ON = "on", "on: pages listen"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.OFF)
    percent = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)], help_text="Of all users; raising it adds, lowering removes."
    )
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", db_constraint=False)
    groups = models.ManyToManyField(Group, blank=True, related_name="+", db_constraint=False)

    class Meta:
        verbose_name_plural = "rollout"

    def __str__(self) -> str:
        return f"Supabase: {self.stage}"

    @classmethod
    def current(cls) -> Self:
        """Read the row; without one it is off."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def locked(cls) -> Self:
        """Read the row and lock it until the transaction ends."""
        return cls.objects.select_for_update().filter(pk=1).first() or cls(pk=1)


class StoredEvent(models.Model):
    """One event of one user, as it is sent: the payload is the encoded JSON of the frame."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    type = models.CharField(max_length=40)
    payload = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "seq"], name="one_event_per_user_and_seq")]
        ordering = ["user_id", "seq"]

    def __str__(self) -> str:
        return f"{self.type} {self.seq} of user {self.user_id}"


class Installation(models.Model):
    """The one row that tells this database from every other one that shares its Redis (RULES R7)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=16, default=random_name)
    tidied_at = models.DateTimeField(null=True, help_text="When old events were pruned last.")
    timeline = models.CharField(max_length=40, blank=True, help_text="PostgreSQL's system and timeline ids.")
    renewing_until = models.DateTimeField(null=True, help_text="While a process renews all epochs.")

    def __str__(self) -> str:
        return f"installation {self.name}"


class ProcessMinute(models.Model):
    """The counts of one process in one minute (recorder.py); the dashboard adds them up (process_minutes.py)."""

    minute = models.DateTimeField(db_index=True, help_text="When it began.")
    kind = models.CharField(max_length=10, help_text="web or worker.")
    process = models.CharField(max_length=100, help_text="Host and process id.")
    samples = models.JSONField(default=dict, help_text="By sample name: pairs of labels and value.")

    def __str__(self) -> str:
        return f"{self.kind} {self.process} at {self.minute:%H:%M}"


class ProcessTotals(models.Model):
    """The counts of one process since it started, or of all that are gone (totals.py)."""

    id = models.CharField(max_length=32, primary_key=True, help_text="Random.")
    counts = models.JSONField(default=dict, help_text="Counters and histograms, as in a minute's samples.")
    states = models.JSONField(default=dict, help_text="Gauges, likewise.")
    ended = models.BooleanField(default=False, help_text="Nobody writes it any more.")
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"totals {self.id}"


class OpenStreams(models.Model):
    """The number of streams that a user had open at one process when it last said so, at most a minute ago."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    process = models.CharField(max_length=100, db_index=True)
    streams = models.PositiveIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "open streams"
        ordering = ["process", "user_id"]

    def __str__(self) -> str:
        return f"{self.streams} of user {self.user_id} at {self.process}"


class ProcessPulse(models.Model):
    """One process that publishes, and whom it does not hear (pulse.py)."""

    id = models.CharField(max_length=32, primary_key=True, help_text="Random, made when it started.")
    kind = models.CharField(max_length=10, help_text="web or worker.")
    process = models.CharField(max_length=100, help_text="Host and process id.")
    started_at = models.DateTimeField()
    beaten_at = models.DateTimeField()
    unheard = models.JSONField(default=list, help_text="Ids of those that it does not hear through Redis.")

    def __str__(self) -> str:
        return f"{self.kind} {self.process}"


class Viewer(models.Model):
    """One page that has a room on a screen until `seen_until` (presence/). No history: the row goes when it is over.

    No constraint ties it to its user: the release before knows nothing of this table and must be able to delete both.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="viewers",
        db_constraint=False,
        db_index=False,  # the constraint below has one
    )
    client = models.CharField(max_length=32, help_text="The page's own random name, one for each room that it shows.")
    session = models.CharField(max_length=16, help_text="A keyed hash of its session's key.")
    room = models.CharField(max_length=64)
    inner = models.CharField(max_length=100, default="", db_default="", help_text="The room within it that it shows.")
    state = models.CharField(max_length=10)
    seen_until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "client"], name="one_row_per_user_and_client")]

    def __str__(self) -> str:
        return "an open page"  # the admin names what goes with a user, and nobody shall read there who looks at what


class HiddenUser(models.Model):
    """A user who is not shown to others, and is shown nobody."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )

    def __str__(self) -> str:
        return "hidden from others"
