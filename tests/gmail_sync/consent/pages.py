"""Gives the way from our button over Google's page to our callback, as a browser goes it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from gmail_sync.models import GmailAccount
from realtime.models import StoredEvent
from tests.support.google.consent_page import consented
from tests.support.google.harness import Mailbox

CALLBACK = "/accounts/callback/"


def press_connect(browser: Client, **more: Any) -> str:
    """Press the button; returns where Google is."""
    answer = browser.post("/accounts/connect/", **more)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def connect(browser: Client, gmail: Mailbox) -> Any:
    """Go the whole way; returns the answer of the callback."""
    return browser.get(CALLBACK, consented(press_connect(browser), gmail.email))


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def assert_refused(answer: Any, accounts: int = 0) -> None:
    """Fail unless it is a 400 with one sentence, and nothing was created."""
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The mailbox was not connected" in page
    assert GmailAccount.objects.count() == accounts
    assert StoredEvent.objects.count() == accounts  # a mailbox that was connected told so
