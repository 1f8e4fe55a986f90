"""Users who are signed out, disabled or deleted are gone from every room at once: where their streams end, too."""

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from realtime.models import Viewer
from realtime.presence.rows import mark_of, remove


@receiver(post_delete, sender=Session)
def _session_deleted(sender: object, instance: Session, **kwargs: object) -> None:
    if user_id := instance.get_decoded().get(SESSION_KEY):
        remove(Viewer.objects.filter(user_id=int(user_id), session=mark_of(instance.session_key)))


@receiver(pre_delete, sender=get_user_model())  # Django deletes the rows before the user, and tells nobody
def _user_deleted(sender: object, instance: User, **kwargs: object) -> None:
    remove(Viewer.objects.filter(user=instance))


@receiver(post_save, sender=get_user_model())
def _user_saved(sender: object, instance: User, **kwargs: object) -> None:
    if not instance.is_active:
        remove(Viewer.objects.filter(user=instance))
