"""Gives the one watch of a test, and lets its renewal be due."""

from datetime import timedelta

from django.utils import timezone

from gmail_sync.models import GmailWatch


def watch() -> GmailWatch:
    return GmailWatch.objects.get()


def make_due() -> None:
    GmailWatch.objects.update(renew_at=timezone.now() - timedelta(seconds=1))
