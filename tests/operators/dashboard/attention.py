"""Gives what `/admin/realtime/` says needs attention, and lets a watch lapse."""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from gmail_sync.models import GmailWatch


def concerns(operator: Client) -> list[str]:
    """What the page says needs attention, each with its mend."""
    page = operator.get("/admin/realtime/").content.decode()
    section = page[page.index('id="attention"') : page.index('id="facts"')]
    return [re.sub(r"<[^>]+>", " ", item).strip() for item in re.findall(r"<li.*?</li>", section, re.S)]


def links(operator: Client) -> list[str]:
    page = operator.get("/admin/realtime/").content.decode()
    return re.findall(r'<li class="attention-\w+"><a href="([^"]+)"', page)


def lapse() -> None:
    GmailWatch.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
