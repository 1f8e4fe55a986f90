"""Gives what became of the addresses of mailboxes."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import F

from gmail_sync.models import GmailAccount
from tests.support.google.harness import (
    events,
)


def a_while_passes() -> None:
    """Nobody was looked at in the last hour."""
    GmailAccount.objects.update(address_seen_at=F("address_seen_at") - timedelta(hours=1))


def addresses_told(user: User) -> list[str]:
    return [payload["email"] for type_, payload in events(user) if type_ == "account.status"]


def address_of(account: GmailAccount) -> str:
    return GmailAccount.objects.get(pk=account.pk).email
