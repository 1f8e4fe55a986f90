"""People: proofs of members, identities that sign in with Google, and addresses that nobody here has.

No constraint of the database ties a row to its user or mailbox: the release before knows nothing of these tables and
must be able to delete both. A row that was left behind so says nothing to anybody.
"""

from django.conf import settings
from django.db import models


class MemberProof(models.Model):
    """The last consent by which a member showed that the mailbox is theirs. Earlier members have none."""

    account = models.ForeignKey(
        "gmail_sync.GmailAccount", on_delete=models.CASCADE, related_name="proofs", db_constraint=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mailbox_proofs", db_constraint=False
    )
    proven_at = models.DateTimeField()
    credentials_version = models.PositiveIntegerField(help_text="Which of the mailbox's consents it was.")
    scopes = models.TextField(blank=True, help_text="What Google said that the consent covers.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="one_proof_per_member")]

    def __str__(self) -> str:
        return f"proof {self.credentials_version}"


class GoogleIdentity(models.Model):
    """The user that a Google account signs in as. Made at the first sign-in, by `sub`; never by a name or address."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="google_identity", db_constraint=False
    )
    sub = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "google identities"

    def __str__(self) -> str:
        return f"identity of {self.user}"


class UnknownAddress(models.Model):
    """An address that was pushed and that no mailbox here has: one of them may have been renamed to it.

    Only a keyed hash: it is compared, never read, and may be that of somebody who left.
    """

    key = models.CharField(max_length=64, primary_key=True)
    asked_at = models.DateTimeField(help_text="When mailboxes were last asked whether it is theirs.", db_index=True)
    ask_again_at = models.DateTimeField()
    times = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"unknown address {self.key[:8]}"
