"""Pull mode: the same notifications, taken from a subscription that pushes nowhere (pull_notifications.py)."""

import base64
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from gmail_sync.management.commands import pull_notifications
from gmail_sync.models import GmailAccount
from gmail_sync.pubsub import api as pubsub_api
from tests.simulator.harness import Simulator
from tests.support.environment import TOPIC
from tests.support.google.harness import Mailbox, is_due
from tests.support.google.raw_server import RawServer, Visit, answers
from tests.support.google.service_account import write_key

SUBSCRIPTION = "projects/demo/subscriptions/pulled"


@pytest.fixture
def pulled(google: Simulator, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The root of Pub/Sub's API; the subscription exists, and so does a service account."""
    root = google.url.rstrip("/")
    key = write_key(tmp_path / "service-account.json", f"{root}/token")
    httpx.put(f"{root}/v1/{SUBSCRIPTION}", json={"topic": TOPIC}).raise_for_status()
    settings.PUBSUB_SUBSCRIPTION, settings.GOOGLE_APPLICATION_CREDENTIALS = SUBSCRIPTION, key
    pubsub_api.service.cache_clear()
    yield root
    pubsub_api.service.cache_clear()
    httpx.delete(f"{root}/v1/{SUBSCRIPTION}")


def publish(root: str, content: bytes) -> None:
    """Somebody publishes to the topic."""
    message = {"data": base64.b64encode(content).decode()}
    httpx.post(f"{root}/v1/{TOPIC}:publish", json={"messages": [message]}).raise_for_status()


def pull() -> str:
    """Take what is there; returns the closing line."""
    out = StringIO()
    call_command("pull_notifications", "--once", stdout=out)
    return out.getvalue().splitlines()[-1]


def test_it_takes_a_notification_as_the_webhook_does(pulled: str, gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver()
    content = {"emailAddress": account.email, "historyId": gmail.history_id}
    publish(pulled, json.dumps(content).encode())
    assert pull().endswith("taken.")
    account.refresh_from_db()
    assert (account.notified_history_id, is_due(account)) == (gmail.history_id, True)


def test_it_acknowledges_what_cannot_be_read(pulled: str, account: GmailAccount) -> None:
    pull()  # what the watch itself has brought
    publish(pulled, b"not a notification")
    assert pull() == "1 notification taken."
    publish(pulled, b"another")
    assert pull() == "1 notification taken."  # the first one does not come again


def test_it_goes_on_after_what_is_no_message(pulled: str, settings: Any) -> None:
    received = [{"ackId": "first"}, {"ackId": "second", "message": None}, {"message": {"data": "e30="}}]
    with RawServer(answers(200, {"receivedMessages": received})) as server:
        settings.PUBSUB_API_ROOT = server.url
        pubsub_api.service.cache_clear()
        assert pull() == "3 notifications taken."
    assert json.loads(server.seen[-1].partition(b"\r\n\r\n")[2]) == {"ackIds": ["first", "second"]}


def test_it_explains_a_missing_subscription(pulled: str, account: GmailAccount) -> None:
    httpx.delete(f"{pulled}/v1/{SUBSCRIPTION}").raise_for_status()
    with pytest.raises(CommandError, match="does not exist: Google deletes a subscription"):
        pull()


@pytest.mark.parametrize("status", [200, 302, 403, 404])
def test_it_takes_a_page_in_pubsubs_place_for_no_word_about_the_subscription(
    pulled: str, settings: Any, status: int
) -> None:
    page = answers(status, b"<html>Welcome</html>", content_type="text/html", location="http://portal.example/")
    with RawServer(page) as server:
        settings.PUBSUB_API_ROOT = server.url
        pubsub_api.service.cache_clear()
        with pytest.raises(CommandError) as raised:
            pull()
    assert "does not exist" not in str(raised.value)


def test_it_pulls_again_where_the_connection_died(pulled: str, settings: Any) -> None:
    def act(visit: Visit) -> None:
        while visit.read():
            visit.answer(b"{}")
            if visit.number == 1:
                visit.read()
                return

    with RawServer(act) as server:
        settings.PUBSUB_API_ROOT = server.url
        pubsub_api.service.cache_clear()
        assert [pull() for _ in range(3)] == ["0 notifications taken."] * 3
        assert server.visits == 2


@pytest.mark.parametrize("name", ["PUBSUB_SUBSCRIPTION", "GOOGLE_APPLICATION_CREDENTIALS"])
def test_it_names_what_is_not_set(pulled: str, settings: Any, name: str) -> None:
    setattr(settings, name, "")
    with pytest.raises(CommandError, match=f"{name} is not set"):
        pull()


def test_it_says_that_the_credentials_cannot_be_read(pulled: str, settings: Any, tmp_path: Path) -> None:
    settings.GOOGLE_APPLICATION_CREDENTIALS = str(tmp_path / "none.json")
    with pytest.raises(CommandError, match="GOOGLE_APPLICATION_CREDENTIALS cannot be read"):
        pull()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connection that ends")
def test_rule_13_it_pulls_on_after_its_connection_to_the_database_broke(
    pulled: str, gmail: Mailbox, account: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(email: str, history_id: int) -> bool:
        connection.ensure_connection()
        connection.connection.close()  # behind Django's back, as a database that ends it does
        return GmailAccount.objects.exists()

    publish(pulled, json.dumps({"emailAddress": account.email, "historyId": gmail.history_id}).encode())
    with monkeypatch.context() as patch:
        patch.setattr(pull_notifications, "take_notification", broken)
        with pytest.raises(CommandError):
            pull()
    assert GmailAccount.objects.exists()
