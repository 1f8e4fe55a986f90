"""Mail with parts, as Gmail hands it over (mailbox/parts.py, gmail/attachments.py)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest

from tests.simulator.harness import MailboxClient

RELATED = (
    b"From: a@x.example\r\nSubject: Tree\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
    b"--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    b"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdfe\r\n"
    b"--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hi</p>\r\n--a--\r\n"
    b"--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: Inner\r\nContent-Type: text/plain\r\n\r\ninner\r\n"
    b'--m\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\n\r\nTNEF\r\n--m--\r\n'
)


def deliver(mailbox: MailboxClient, octets: bytes) -> str:
    (gmail_id,) = mailbox.add(raw=urlsafe_b64encode(octets).decode())
    return gmail_id


def payload(mailbox: MailboxClient, gmail_id: str) -> Any:
    return mailbox.call("GET", f"messages/{gmail_id}?format=full").json()["payload"]


def flat(part: Any) -> list[tuple[str, str, bool]]:
    mine = (part["partId"], part["mimeType"], "attachmentId" in part["body"])
    return [mine, *(one for child in part.get("parts", []) for one in flat(child))]


def test_it_numbers_the_parts_as_gmail_does(mailbox: MailboxClient) -> None:
    assert flat(payload(mailbox, deliver(mailbox, RELATED))) == [
        ("", "multipart/mixed", False),
        ("0", "multipart/alternative", False),
        ("0.0", "text/plain", False),
        ("0.1", "text/html", False),
        ("1", "message/rfc822", True),
        ("2", "application/ms-tnef", True),
    ]


def test_it_hands_texts_over_in_utf_8_and_leaves_the_header(mailbox: MailboxClient) -> None:
    text = payload(mailbox, deliver(mailbox, RELATED))["parts"][0]["parts"][0]
    assert urlsafe_b64decode(text["body"]["data"]).decode() == "Grüße"
    assert text["headers"] == [{"name": "Content-Type", "value": "text/plain; charset=iso-8859-1"}]


def test_it_gives_attachments_new_ids_each_time_and_both_open_them(mailbox: MailboxClient) -> None:
    gmail_id = deliver(mailbox, RELATED)
    first, second = (payload(mailbox, gmail_id)["parts"][2]["body"]["attachmentId"] for _ in range(2))
    assert first != second
    for attachment_id in (first, second):
        answer = mailbox.call("GET", f"messages/{gmail_id}/attachments/{attachment_id}").json()
        assert urlsafe_b64decode(answer["data"]) == b"TNEF"


def test_it_refuses_an_attachment_id_of_another_message(mailbox: MailboxClient) -> None:
    one, other = deliver(mailbox, RELATED), deliver(mailbox, RELATED)
    foreign = payload(mailbox, one)["parts"][2]["body"]["attachmentId"]
    assert mailbox.call("GET", f"messages/{other}/attachments/{foreign}").status_code == 400


def test_it_sends_a_large_text_apart(mailbox: MailboxClient) -> None:
    body = payload(mailbox, deliver(mailbox, b"Subject: Long\r\n\r\n" + b"word " * 60_000))["body"]
    assert "attachmentId" in body
    assert "data" not in body


def test_it_keeps_the_mail_as_it_came(mailbox: MailboxClient) -> None:
    gmail_id = deliver(mailbox, RELATED)
    answer = mailbox.call("GET", f"messages/{gmail_id}?format=raw").json()
    assert urlsafe_b64decode(answer["raw"]) == RELATED


def test_it_returns_a_conversation_oldest_first(mailbox: MailboxClient) -> None:
    first = deliver(mailbox, RELATED)
    (second,) = mailbox.add(thread_id=first, subject="Re: Tree")
    found = mailbox.call("GET", f"threads/{first}?format=minimal").json()
    assert [message["id"] for message in found["messages"]] == [first, second]
    assert mailbox.call("GET", "threads/nothing").status_code == 404


@pytest.mark.parametrize("text", [b"a", b"ab", b"abc"])
def test_it_takes_a_mail_with_and_without_padding(mailbox: MailboxClient, text: bytes) -> None:
    raw = urlsafe_b64encode(b"Subject: S\r\n\r\n" + text).decode()
    for spelt in (raw, raw.rstrip("=")):
        (gmail_id,) = mailbox.add(raw=spelt)
        assert urlsafe_b64decode(payload(mailbox, gmail_id)["body"]["data"]) == text
