"""Forget what was read when nobody may read it any more: at a logout, and when a member leaves the mailbox.

Another process forgets it within five minutes (memory.py); nobody gets it from there, since each request asks for the
session and the membership.
"""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import m2m_changed
from django.dispatch import receiver

from gmail_sync.models import GmailAccount
from gmail_sync.reading.memory import memory


@receiver(user_logged_out)
def _logged_out(sender: object, user: Any = None, **kwargs: object) -> None:
    if user is not None and len(memory):
        memory.forget_mailboxes(set(GmailAccount.objects.filter(users=user).values_list("pk", flat=True)))


@receiver(m2m_changed, sender=GmailAccount.users.through)
def _left(sender: object, instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: object) -> None:
    if action in ("post_remove", "post_clear"):
        memory.forget_mailboxes((pk_set or set()) if reverse else {instance.pk})
