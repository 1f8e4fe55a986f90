"""A GET may ask for a sync of a mailbox, which is all that it changes (docs/adr/0046, acting/test_gets.py)."""

import pytest
from django.test import Client

from gmail_sync.models import GmailAccount
from gmail_sync.reading import access
from realtime.presence.pace import Pace
from tests.gmail_sync.reading.conftest import Receive, address, written
from tests.support.google.harness import Mailbox

pytestmark = pytest.mark.any_database


def test_a_get_of_what_is_gone_asks_for_a_sync_once_in_a_while(
    reader: Client, receive: Receive, gmail: Mailbox, account: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(written())
    gmail.act(message.gmail_id, "delete")
    account.refresh_from_db()
    before = account.wakes
    for _ in range(5):
        assert reader.get(address(message)).status_code == 410
    account.refresh_from_db()
    assert account.wakes == before + 1
    monkeypatch.setattr(access, "asks", Pace(0))  # a minute has passed
    reader.get(address(message))
    account.refresh_from_db()
    assert account.wakes == before + 2


def test_a_get_ends_no_back_off(reader: Client, receive: Receive, gmail: Mailbox, account: GmailAccount) -> None:
    message = receive(written())
    gmail.act(message.gmail_id, "delete")
    GmailAccount.objects.update(retry_at="2100-01-01T00:00:00Z")
    reader.get(address(message))
    assert not GmailAccount.objects.due().exists()
