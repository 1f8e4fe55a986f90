"""The page for people: what it shows, and that its buttons act."""

import json

import pytest

from tests.simulator.harness import MailboxClient


def press(mailbox: MailboxClient, action: str, message_id: str = "") -> list[str]:
    form = {"action": action, "id": message_id}
    answer = mailbox.simulator.http.post(f"/ui/{mailbox.email}", data=form)
    assert answer.status_code == 303
    newest: list[str] = mailbox.dump()["messages"][0]["label_ids"]
    return newest


def test_it_shows_mail_without_running_it(mailbox: MailboxClient) -> None:
    mailbox.add(subject="<script>alert(1)</script>", **{"from": '"<b>" <x@example.com>'})
    page = mailbox.simulator.http.get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


@pytest.mark.parametrize("subject", ["\ud800", "\0", "=?utf-8?b?/w==?=", "=?utf-8?b?x?=", "=?nonsense?q?x?="])
def test_it_takes_poison_without_being_hurt(mailbox: MailboxClient, subject: str) -> None:
    body = json.dumps({"subject": subject, "text": subject})
    mailbox.simulator.http.post(f"/sim/mailboxes/{mailbox.email}/messages", content=body)
    newest = mailbox.dump()["messages"][0]
    assert newest["subject"] == subject
    assert mailbox.simulator.http.get("/").status_code == 200
    for view in ("metadata", "full", "raw"):
        assert mailbox.call("GET", f"messages/{newest['id']}?format={view}").status_code == 200


def test_it_adds_a_mail(mailbox: MailboxClient) -> None:
    press(mailbox, "new mail")
    assert mailbox.dump()["messages_total"] == 6


@pytest.mark.parametrize(
    ("action", "labels"),
    [
        ("read", ["INBOX"]),
        ("star", ["INBOX", "UNREAD", "STARRED"]),
        ("archive", ["UNREAD"]),
        ("trash", ["UNREAD", "TRASH"]),
    ],
)
def test_it_acts_on_a_mail(mailbox: MailboxClient, action: str, labels: list[str]) -> None:
    (added,) = mailbox.add(label_ids=["INBOX", "UNREAD"])
    assert press(mailbox, action, added) == labels


def test_it_deletes_for_good(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add()
    press(mailbox, "delete", added)
    assert mailbox.call("GET", f"messages/{added}").status_code == 404
