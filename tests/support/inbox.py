"""Gives a user's mailbox and mails as rows, and the list that their page is given."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount, Message


def connected(user: User, email: str = "anna@example.com", **fields: Any) -> GmailAccount:
    account = GmailAccount.objects.create(email=email, google_sub=email, **{"state": "connected", **fields})
    account.users.add(user)
    return account


def mail(account: GmailAccount, number: int = 1, *labels: str, **fields: Any) -> Message:
    message = Message(
        account=account, gmail_id=f"m{number}", thread_id=f"t{number}", internal_date=number, history_id=1, **fields
    )
    message.set_labels(labels or ("INBOX",))
    message.save()
    return message


def listing(client: Client, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/messages/{query}").json()
    return answer
