"""Parts that Gmail names and does not give, or gives empty: no file is empty, and no mail gone, for that."""

import json
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from tests.gmail_sync.reading.conftest import Receive, address, written
from tests.support.google.harness import Mailbox

GET = "messages.attachments.get"
ODD: list[dict[str, Any]] = [
    {"body": json.dumps({"size": 0})},
    {"body": json.dumps({"size": 9, "data": ""})},
    {"body": json.dumps({"size": 9, "data": "n\u00f6!"})},
    {"body": json.dumps({"data": "!!!!"})},
    {"body": json.dumps({"data": 7})},
    {"status": 404},
    {"status": 400, "message": "Invalid attachment token"},
    {"status": 500},
]


def with_a_file() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "mira@x.example", "Files"
    mail.set_content("plain")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=f"{'Bericht ' * 70}.pdf")
    return mail.as_bytes()


@pytest.mark.parametrize("fault", ODD, ids=repr)
def test_rule_19_a_file_that_does_not_come_is_asked_for_later_and_its_mail_is_not_gone(
    reader: Client, receive: Receive, gmail: Mailbox, fault: dict[str, Any]
) -> None:
    message = receive(with_a_file())
    gmail.fault(GET, times=None, **fault)
    answer = reader.get(address(message, "parts/1/"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert reader.get(address(message)).status_code == 200
    gmail.mend()
    assert reader.get(address(message, "parts/1/")).content == b"%PDF"


@pytest.mark.parametrize("fault", [fault for fault in ODD if fault.get("status") != 500 and "data" not in str(fault)])
def test_rule_19_a_text_that_gmail_does_not_hand_over_costs_itself(
    reader: Client, receive: Receive, gmail: Mailbox, fault: dict[str, Any]
) -> None:
    message = receive(written("<p>much of it</p>" * 20_000, text="The plain text"))
    gmail.fault(GET, times=None, **fault)
    answer = reader.get(address(message))
    assert answer.status_code == 200
    assert "The plain text" in answer.content.decode()
    assert "Gmail shows it whole" in answer.content.decode()


@pytest.mark.parametrize("body", [{}, {"raw": ""}, {"raw": "\u00e9"}, {"raw": 7}])
def test_a_source_that_is_none_is_asked_for_later(
    reader: Client, receive: Receive, gmail: Mailbox, body: dict[str, Any]
) -> None:
    message = receive(written())
    gmail.fault("messages.get", body=json.dumps(body))
    assert reader.get(address(message, "raw/")).status_code == 503
    assert reader.get(address(message, "raw/")).status_code == 200


def test_a_file_that_is_empty_is_one(reader: Client, receive: Receive) -> None:
    mail = EmailMessage()
    mail.set_content("plain")
    mail.add_attachment(b"", maintype="application", subtype="pdf", filename="nothing.pdf")
    answer = reader.get(address(receive(mail.as_bytes()), "parts/1/"))
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_name_of_five_hundred_letters_keeps_its_ending(reader: Client, receive: Receive) -> None:
    (file,) = reader.get(address(receive(with_a_file()), "parts/")).json()["attachments"]
    assert file["filename"].endswith(".pdf")
    assert len(file["filename"]) <= 150
