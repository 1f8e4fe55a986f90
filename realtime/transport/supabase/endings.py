"""What ends a session abandons the user's topic: a page that goes on listening hears nothing more (RULES R23)."""

from functools import partial

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from realtime.transport.supabase import hearers, project, publisher
from realtime.transport.supabase.relay import Broadcast


def abandon_soon(user_id: int) -> None:
    """Give the user another topic after this transaction's commit, and tell the old one to ask for a ticket.

    Not before: whoever reads the new one must find the session gone. Not within: the row's lock has its place among
    those of other users.
    """
    if project.configured() is not None:
        transaction.on_commit(partial(_abandon, user_id), robust=True)


def _abandon(user_id: int) -> None:
    if secret := hearers.abandon(user_id):
        _say_bye(user_id, secret)


def _say_bye(user_id: int, secret: str) -> None:
    publisher.send_soon([Broadcast.farewell(user_id, secret, "auth")])


@receiver(pre_delete, sender=get_user_model())  # the row goes before its user, and then nobody knows the topic
def _user_deleted(sender: object, instance: AbstractBaseUser, **kwargs: object) -> None:
    if project.configured() is not None:
        for user_id, (secret, _) in hearers.heard([instance.pk]).items():
            transaction.on_commit(partial(_say_bye, user_id, secret), robust=True)
