"""Unread mail of labels: Gmail's own count, asked for once in ten seconds, of mail that the mirror lacks, too."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount, Message
from gmail_sync.searching import label_counts
from tests.support.google.harness import Mailbox, attempt_sync


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed, as the only one of a list."""
    now = [1_000.0]
    monkeypatch.setattr(label_counts, "counted", label_counts.Counted())
    monkeypatch.setattr("gmail_sync.searching.label_counts.time.monotonic", lambda: now[0])
    return now


def unread(reader: Client, account: GmailAccount, *label_ids: str) -> Any:
    return reader.get(f"/labels/{account.pk}/unread/", {"id": label_ids}).json().get("unread")


def test_it_counts_what_the_mirror_lacks(reader: Client, gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver(3, label_ids=["Label_1", "UNREAD"])
    gmail.deliver(label_ids=["Label_1"])
    Message.objects.all().delete()
    assert unread(reader, account, "Label_1", "Label_2") == {"Label_1": 3, "Label_2": 0}


def test_it_asks_for_no_label_twice_in_ten_seconds(
    reader: Client, gmail: Mailbox, account: GmailAccount, clock: list[float]
) -> None:
    before = gmail.calls("labels.get")
    unread(reader, account, "Label_1")
    gmail.deliver(label_ids=["Label_1", "UNREAD"])
    assert unread(reader, account, "Label_1") == {"Label_1": 0}
    assert gmail.calls("labels.get") == before + 1
    clock[0] += 10
    assert unread(reader, account, "Label_1") == {"Label_1": 1}
    assert gmail.calls("labels.get") == before + 2


def test_a_label_that_is_gone_has_no_count(reader: Client, gmail: Mailbox, account: GmailAccount) -> None:
    assert unread(reader, account, "Label_gone", "Label_1") == {"Label_1": 0}


@pytest.mark.parametrize("ids", [[], ["INBOX"], ["Label_1' OR 1"], [f"Label_{n}" for n in range(26)]])
def test_it_refuses_what_are_no_labels(reader: Client, account: GmailAccount, ids: list[str]) -> None:
    assert reader.get(f"/labels/{account.pk}/unread/", {"id": ids}).status_code == 400


def test_it_tells_members_only(client: Client, django_user_model: type[User], account: GmailAccount) -> None:
    client.force_login(django_user_model.objects.create_user("stranger"))
    assert client.get(f"/labels/{account.pk}/unread/?id=Label_1").status_code == 404
    assert client.get("/labels/99999999999999999999/unread/?id=Label_1").status_code == 404


@pytest.mark.parametrize(
    ("fault", "expected"),
    [({"status": 429, "retry_after": 7}, (503, "throttled")), ({"status": 503}, (503, "unavailable"))],
)
def test_it_says_when_to_ask_again(
    reader: Client, gmail: Mailbox, account: GmailAccount, fault: dict[str, Any], expected: tuple[int, str]
) -> None:
    gmail.fault("labels.get", times=None, **fault)
    answer = reader.get(f"/labels/{account.pk}/unread/?id=Label_1")
    assert (answer.status_code, answer.json()["reason"]) == expected
    assert int(answer.headers["Retry-After"]) > 0


def test_a_lost_grant_is_told(reader: Client, gmail: Mailbox, account: GmailAccount) -> None:
    gmail.account("revoke")
    attempt_sync(account)
    assert reader.get(f"/labels/{account.pk}/unread/?id=Label_1").status_code == 409
