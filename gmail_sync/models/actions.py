"""Acts of members on a mailbox, and the labels that they can choose from.

No constraint of the database ties a row to its user or mailbox: the release before knows nothing of these tables and
must be able to delete both.
"""

from typing import Any

from django.conf import settings
from django.db import models

from gmail_sync.states import ActionState


class LabelAction(models.Model):
    """One act: a difference of labels on messages that its user has seen. Kept for a week (acting/waiting.py)."""

    op = models.UUIDField(help_text="The page's name for it.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="label_actions", db_constraint=False
    )
    account = models.ForeignKey(
        "gmail_sync.GmailAccount", on_delete=models.CASCADE, related_name="actions", db_constraint=False
    )
    message_ids = models.JSONField(default=list)
    add = models.JSONField(default=list)
    remove = models.JSONField(default=list)
    undoes = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="undone_by", db_constraint=False
    )
    state = models.CharField(max_length=10, choices=ActionState, default=ActionState.WAITING)
    reason = models.CharField(max_length=20, blank=True, default="")
    failed = models.JSONField(default=list, help_text="The messages on which it had no effect.")
    changes = models.JSONField(default=dict, help_text="By message: the labels that it added and removed.")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When a worker first took it.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "op"], name="one_action_per_op")]
        indexes = [
            models.Index(fields=["account"], name="action_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["created_at"], name="action_age"),
        ]

    def __str__(self) -> str:
        return f"action {self.op}"

    def outcome(self) -> dict[str, Any]:
        """Return how it stands, as the page that asked for it is told."""
        return {"op": str(self.op), "state": self.state, "reason": self.reason, "failed": self.failed}


class MailboxLabels(models.Model):
    """The labels of a mailbox, as Gmail listed them last: ids never change, names do."""

    account = models.OneToOneField(
        "gmail_sync.GmailAccount", on_delete=models.CASCADE, related_name="labels", db_constraint=False
    )
    labels = models.JSONField(default=list, help_text="Each with id, name, type and color.")
    listed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "mailbox labels"

    def __str__(self) -> str:
        return f"labels of {self.account}"
