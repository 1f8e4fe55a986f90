"""The page for people: what it shows, and that its buttons act."""

import base64
import hashlib
import json
import re
from email.header import decode_header, make_header

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


def test_it_sends_what_somebody_wrote(mailbox: MailboxClient) -> None:
    form = {"to": mailbox.email, "subject": "Grüße\r\nBcc: x@y.example", "text": "Bis <b>morgen</b>"}
    assert mailbox.simulator.http.post("/ui", data=form).status_code == 303
    newest = mailbox.dump()["messages"][0]
    assert str(make_header(decode_header(newest["subject"]))) == "Grüße Bcc: x@y.example"
    assert (newest["snippet"], newest["label_ids"][:2]) == ("Bis &lt;b&gt;morgen&lt;/b&gt;", ["INBOX", "UNREAD"])


def test_its_pages_run_nothing(mailbox: MailboxClient) -> None:
    answer = mailbox.simulator.http.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    style = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|<[^>]*\son\w+=|<[^>]*style=", answer.text)
