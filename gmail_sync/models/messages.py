"""The mirror of a mailbox's messages, and the ledger of those that could not be fetched or written."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from gmail_sync.labels import is_in_inbox
from gmail_sync.querysets import MessageQuerySet
from gmail_sync.states import TroubleKind

SOUGHT = models.Q(looked_at__isnull=False)


class Message(models.Model):
    """A mirrored message: the page lists it from here, since one messages.get costs 20 units."""

    account = models.ForeignKey("gmail_sync.GmailAccount", on_delete=models.CASCADE, related_name="messages")
    gmail_id = models.CharField(max_length=64)
    thread_id = models.CharField(max_length=64)
    label_ids = models.JSONField(default=list)
    sender = models.TextField(blank=True)
    sender_name = models.CharField(max_length=200, blank=True, default="", db_default="")  # addresses.py
    sender_address = models.CharField(max_length=320, blank=True, default="", db_default="")
    recipients = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    snippet = models.TextField(blank=True)
    internal_date = models.BigIntegerField(help_text="Milliseconds since 1970, UTC.")
    history_id = models.BigIntegerField(help_text="Records up to this one are in the row.")
    in_inbox = models.BooleanField(default=False, editable=False)
    is_unread = models.BooleanField(default=False, editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)  # of what a search brought (searching/)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "gmail_id"], name="one_row_per_message")]
        indexes = [
            models.Index(fields=["account", "in_inbox", "-internal_date"], name="message_list"),
            models.Index(fields=["account", "thread_id"], name="message_conversation"),
            models.Index(fields=["account", "looked_at"], name="message_looked_at", condition=SOUGHT),
        ]

    def __str__(self) -> str:
        return f"message {self.gmail_id}"

    def set_labels(self, label_ids: Iterable[str]) -> None:
        """Replace the labels, and the columns that the list filters by."""
        self.label_ids = sorted(set(label_ids))
        self.in_inbox = is_in_inbox(self.label_ids)
        self.is_unread = "UNREAD" in self.label_ids

    def as_json(self) -> dict[str, Any]:
        """Return the message as events and the list carry it (docs/events.md)."""
        return {
            "id": self.gmail_id,
            "thread_id": self.thread_id,
            "label_ids": self.label_ids,
            "from": self.sender,
            "from_name": self.sender_name,
            "from_address": self.sender_address,
            "to": self.recipients,
            "subject": self.subject,
            "snippet": self.snippet,
            "internal_date": self.internal_date,
        }


class SkippedMessage(models.Model):
    """An entry of the ledger: a message that could not be fetched or written, the reason, and the attempts."""

    account = models.ForeignKey("gmail_sync.GmailAccount", on_delete=models.CASCADE, related_name="skipped_messages")
    gmail_id = models.CharField(max_length=64)
    history_id = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    skipped = models.BooleanField(default=False, help_text="Given up: the sync goes on without it.")
    kind = models.CharField(max_length=12, choices=TroubleKind, blank=True, default="", db_default="")
    reason = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="Not before; empty: with the next read.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "gmail_id"], name="one_entry_per_message")]

    def __str__(self) -> str:
        return f"skipped message {self.gmail_id}"
