"""The contract with programs outside: commands, addresses, models and the shape of every event."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.management import get_commands, load_command_class
from django.test import Client

from gmail_sync import events
from gmail_sync.models import GmailAccount, GmailWatch, Message
from realtime.stream.sse import encode_payload

COMMANDS = [
    "sync_worker",
    "renew_watches",
    "stop_watches",
    "sync_accounts",
    "prune_events",
    "new_epoch",
    "pull_notifications",
    "check_gmail",
    "setup_pubsub",
    "rotate_token_keys",
    "create_user",
    "transport",
    "watch_transport",
]
MESSAGE = {"id", "thread_id", "label_ids", "from", "to", "subject", "snippet", "internal_date"}
ADDED = {"from_name", "from_address"}  # since 0.2
PAYLOADS: dict[str, tuple[events.MailEvent, set[str]]] = {
    "message.added": (events.MessageAdded(7, {}), {"message"}),
    "message.changed": (
        events.MessageChanged(7, "a", "b", ["INBOX"], [], ["UNREAD"]),
        {"message", "added_label_ids", "removed_label_ids"},
    ),
    "message.deleted": (events.MessageDeleted(7, "a", "b"), {"message"}),
    "mailbox.resynced": (events.MailboxResynced(7), set()),
    "mailbox.counts": (events.MailboxCounts(7, "INBOX", 3, 9), {"label_id", "messages_unread", "messages_total"}),
    "account.status": (events.AccountStatus(7, "syncing", "a@b", 1, 2), {"state", "email", "done", "total"}),
    "action.settled": (events.ActionSettled(7, "0b", "partly", "gone", ["a"]), {"op", "state", "reason", "failed"}),
    "mailbox.labels": (events.MailboxLabelsListed(7, []), {"labels"}),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_has_the_command_with_a_help_text(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert command.help
    assert "--help" in command.create_parser("manage.py", name).format_help()


@pytest.mark.parametrize("type_", PAYLOADS)
def test_it_sends_the_event_as_promised(type_: str) -> None:
    event, keys = PAYLOADS[type_]
    assert event.type == type_
    assert set(event.payload()) == {"account_id", *keys}
    assert json.loads(encode_payload(event.payload())) == event.payload()


def test_it_promises_every_event_that_there_is() -> None:
    assert [event.type for event, _ in PAYLOADS.values()] == [kind.type for kind in events.MailEvent.__subclasses__()]


def test_it_keeps_the_columns_that_others_read() -> None:
    columns = {
        model: {field.name for field in model._meta.get_fields()} for model in (GmailAccount, GmailWatch, Message)
    }
    assert {"email", "state", "history_id", "users"} <= columns[GmailAccount]
    assert {"account", "state", "expires_at"} <= columns[GmailWatch]
    assert {"account", "gmail_id", "thread_id", "label_ids"} <= columns[Message]
    assert set(Message(internal_date=0, history_id=1).as_json()) == MESSAGE | ADDED


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/accounts/", "/admin/gmail_sync/gmailaccount/"])
def test_it_sends_a_stranger_to_the_login(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith(("/login/?next=", "/admin/login/?next="))


@pytest.mark.django_db
def test_it_signs_in_and_out(client: Client) -> None:
    User.objects.create_user("ann", password="correct horse")
    assert client.post("/login/", {"username": "ann", "password": "correct horse"}).status_code == 302
    assert "sessionid" in client.cookies
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
