"""Labels are changed as Gmail lets them be changed, and refused as it refuses them (docs/gmail.md)."""

from typing import Any

import pytest

from tests.simulator.harness import MailboxClient

READONLY = "openid email https://www.googleapis.com/auth/gmail.readonly"


def labels(mailbox: MailboxClient, message_id: str) -> set[str]:
    return next(set(m["label_ids"]) for m in mailbox.dump()["messages"] if m["id"] == message_id)


@pytest.mark.parametrize(
    "change",
    [
        {"addLabelIds": ["SENT"]},
        {"removeLabelIds": ["DRAFT"]},
        {"addLabelIds": ["Label_99"]},
        {"addLabelIds": ["INBOX", "TRASH"]},
        {"addLabelIds": ["STARRED"], "removeLabelIds": ["STARRED"]},
        {"addLabelIds": ["Label_1"] * 101},
        {},
    ],
)
def test_it_refuses_a_change_that_gmail_refuses(mailbox: MailboxClient, change: dict[str, Any]) -> None:
    (added,) = mailbox.add(label_ids=["INBOX"])
    one = mailbox.call("POST", f"messages/{added}/modify", json=change)
    many = mailbox.call("POST", "messages/batchModify", json={"ids": [added], **change})
    for answer in (one, many):
        assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "invalidArgument")
    assert labels(mailbox, added) == {"INBOX"}


def test_it_passes_over_unknown_ids_of_a_batch_and_says_nothing(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add(label_ids=["INBOX"])
    body = {"ids": [added, "19ffffffffffffff"], "addLabelIds": ["STARRED"]}
    assert mailbox.call("POST", "messages/batchModify", json=body).status_code == 204
    assert labels(mailbox, added) == {"INBOX", "STARRED"}


def test_it_takes_a_thousand_ids_at_once_and_no_more(mailbox: MailboxClient) -> None:
    ids = [f"19{number:014x}" for number in range(1_001)]
    allowed = mailbox.call("POST", "messages/batchModify", json={"ids": ids[1:], "addLabelIds": ["STARRED"]})
    refused = mailbox.call("POST", "messages/batchModify", json={"ids": ids, "addLabelIds": ["STARRED"]})
    assert (allowed.status_code, refused.status_code) == (204, 400)
    assert refused.json()["error"]["message"] == "Number of ids cannot exceed 1000"


def test_it_lets_no_reader_write(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add()
    token = mailbox.simulator.tokens(mailbox.email, READONLY)["access_token"]
    answer = mailbox.simulator.http.post(
        f"/gmail/v1/users/me/messages/{added}/modify",
        json={"addLabelIds": ["STARRED"]},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (403, "insufficientPermissions")


def test_it_keeps_the_labels_that_are_made(mailbox: MailboxClient) -> None:
    made = mailbox.call("POST", "labels", json={"name": "Clients/Ash"}).json()
    (added,) = mailbox.add()
    mailbox.call("POST", f"messages/{added}/modify", json={"addLabelIds": [made["id"]]})
    assert made["id"] in labels(mailbox, added)
    assert made["id"] in {label["id"] for label in mailbox.call("GET", "labels").json()["labels"]}
    assert mailbox.call("POST", "labels", json={"name": "clients/ash"}).status_code == 409
