"""A mailbox that is connected and mirrored, with mails that a test writes itself."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from gmail_sync.models import GmailAccount, Message
from gmail_sync.reading import access
from gmail_sync.reading.memory import memory
from realtime.presence.pace import Pace
from tests.support.google.harness import Mailbox, forget_events, sync

Receive = Callable[..., Message]


@pytest.fixture(autouse=True)
def as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "asks", Pace(access.ASK_SECONDS))
    memory.clear()


@pytest.fixture
def receive(gmail: Mailbox, account: GmailAccount) -> Receive:
    """Lets a whole mail arrive and be mirrored; returns its row."""

    def arrive(octets: bytes, **what: Any) -> Message:
        (gmail_id,) = gmail.deliver(raw=urlsafe_b64encode(octets).decode(), **what)
        sync(account)
        forget_events()
        return Message.objects.get(account=account, gmail_id=gmail_id)

    return arrive


def written(html: str = "", text: str = "", sender: str = "Mira <mira@x.example>", subject: str = "Hello") -> bytes:
    """Return a mail with these texts."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "ann@example.com", subject
    mail.set_content(text or "plain")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def address(message: Message, what: str = "body/") -> str:
    """Return one of the message's addresses."""
    return f"/messages/{message.account_id}/{message.gmail_id}/{what}"
