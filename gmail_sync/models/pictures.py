"""Senders whose remote pictures a user wants to see at once."""

from django.conf import settings
from django.db import models


class PictureSender(models.Model):
    """One sender for one user: loading a picture tells its server who read the mail, and when.

    No constraint of the database ties the row to its user: the release before must be able to delete both (people.py).
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="picture_senders", db_constraint=False
    )
    address = models.CharField(max_length=320, help_text="Lower case.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="one_row_per_picture_sender")]

    def __str__(self) -> str:
        return f"picture sender {self.pk}"
