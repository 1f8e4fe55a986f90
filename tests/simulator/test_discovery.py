"""Every answer is shaped as Google's discovery documents say (gmail/wire.py, pubsub/endpoints.py)."""

import re
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from simulator.client import Json
from simulator.gmail.methods import METHODS
from tests.simulator.harness import TOPIC, MailboxClient, Simulator, discovery
from tests.simulator.schema import mismatches

RAW = urlsafe_b64encode(b"From: a@example.com\r\nTo: b@example.com\r\nSubject: Hi\r\n\r\nHello").decode()

# Method, path below users/me/ ({id} is a message), and the body.
CALLS: list[tuple[str, str, Any]] = [
    ("getProfile", "profile", None),
    ("labels.list", "labels", None),
    ("labels.create", "labels", {"name": "Clients/Ash"}),
    ("labels.get", "labels/INBOX", None),
    ("labels.get", "labels/Label_1", None),
    ("messages.list", "messages?maxResults=2", None),
    ("messages.get", "messages/{id}?format=minimal", None),
    ("messages.get", "messages/{id}?format=metadata&metadataHeaders=From", None),
    ("messages.get", "messages/{id}?format=full", None),
    ("messages.get", "messages/{id}?format=raw", None),
    ("messages.attachments.get", "messages/{rich}/attachments/{attachment}", None),
    ("threads.get", "threads/{rich}?format=full", None),
    ("messages.modify", "messages/{id}/modify", {"addLabelIds": ["STARRED"]}),
    ("messages.batchModify", "messages/batchModify", {"ids": ["{id}"], "removeLabelIds": ["STARRED"]}),
    ("messages.trash", "messages/{id}/trash", None),
    ("messages.untrash", "messages/{id}/untrash", None),
    ("messages.insert", "messages", {"raw": RAW, "labelIds": ["INBOX"]}),
    ("messages.import", "messages/import", {"raw": RAW}),
    ("messages.send", "messages/send", {"raw": RAW}),
    ("watch", "watch", {"topicName": TOPIC}),
    ("stop", "stop", None),
    ("messages.delete", "messages/{id}", None),
    ("messages.batchDelete", "messages/batchDelete", {"ids": ["{id}"]}),
    ("history.list", "history?startHistoryId={start}&maxResults=500", None),
]


RICH = urlsafe_b64encode(
    b"Subject: Rich\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n"
    b'--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\n'
    b"%PDF\r\n--b--\r\n"
).decode()


def attachment_id(mailbox: MailboxClient, gmail_id: str) -> str:
    payload = mailbox.call("GET", f"messages/{gmail_id}").json()["payload"]
    return str(payload["parts"][1]["body"]["attachmentId"])


def described(name: str) -> Json:
    *resources, method = name.split(".")
    place = discovery("gmail.v1")["resources"]["users"]
    for resource in resources:
        place = place["resources"][resource]
    found: Json = place["methods"][method]
    return found


def test_it_answers_every_gmail_method_as_the_schema_says(mailbox: MailboxClient) -> None:
    start, newest = mailbox.head, mailbox.dump()["messages"][0]["id"]
    schemas = discovery("gmail.v1")["schemas"]
    (rich,) = mailbox.add(raw=RICH)
    ids = {"id": newest, "start": start, "rich": rich, "attachment": attachment_id(mailbox, rich)}
    for name, path, body in CALLS:
        method = described(name)
        answer = mailbox.call(method["httpMethod"], path.format(**ids), json=body)
        if "response" in method:
            assert answer.status_code == 200, (name, answer.text)
            assert mismatches(answer.json(), method["response"], schemas) == [], name
        else:
            assert (answer.status_code, answer.content) == (204, b""), name


def test_it_covers_every_method_that_it_plays() -> None:
    assert {name for name, _, _ in CALLS} == {method.name for method in METHODS.values()}


@pytest.mark.parametrize("name", sorted({method.name for method in METHODS.values()}))
def test_it_asks_for_the_scopes_that_google_names(name: str) -> None:
    method = next(method for method in METHODS.values() if method.name == name)
    addons = re.compile(r"/auth/gmail\.addons\.")
    assert method.scopes <= {scope for scope in described(name)["scopes"] if not addons.search(scope)}


def test_it_lists_all_four_kinds_of_history(mailbox: MailboxClient) -> None:
    start = mailbox.head
    (added,) = mailbox.add()
    mailbox.change(added, "modify", add=["Label_1"], remove=["UNREAD"])
    mailbox.change(added, "delete")
    kinds = {key for record in mailbox.history(start)["history"] for key in record}
    assert kinds >= {"messagesAdded", "messagesDeleted", "labelsAdded", "labelsRemoved", "messages", "id"}


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("messages/unknown", 404, "notFound"),
        ("history?startHistoryId=1", 404, "notFound"),
        ("history", 400, "invalidArgument"),
        ("messages?pageToken=%C3%A4", 400, "invalidArgument"),
        ("messages?maxResults=many", 400, "invalidArgument"),
        ("nothing", 404, "notFound"),
    ],
)
def test_it_shapes_errors_as_google(mailbox: MailboxClient, path: str, status: int, reason: str) -> None:
    answer = mailbox.call("GET", path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["errors"][0]["reason"]) == (status, status, reason)
    assert error.keys() == {"code", "message", "errors", "status"}


def test_it_answers_every_pubsub_method_as_the_schema_says(simulator: Simulator) -> None:
    pubsub, schemas = discovery("pubsub.v1"), discovery("pubsub.v1")["schemas"]
    topic, subscription = "projects/p/topics/new", "projects/p/subscriptions/new"
    calls: list[tuple[str, str, Any]] = [
        ("topics.create", topic, {}),
        ("topics.get", topic, None),
        (
            "topics.setIamPolicy",
            f"{topic}:setIamPolicy",
            {"policy": {"bindings": [{"role": "r", "members": []}]}},
        ),
        ("topics.getIamPolicy", f"{topic}:getIamPolicy", None),
        ("subscriptions.create", subscription, {"topic": topic}),
        ("subscriptions.get", subscription, None),
        (
            "subscriptions.patch",
            subscription,
            {"subscription": {"expirationPolicy": {}}, "updateMask": "expirationPolicy"},
        ),
        ("topics.publish", f"{topic}:publish", {"messages": [{"data": "aGk=", "attributes": {"a": "b"}}]}),
        ("subscriptions.pull", f"{subscription}:pull", {"maxMessages": 5}),
        ("subscriptions.modifyAckDeadline", f"{subscription}:modifyAckDeadline", {"ackIds": ["1"]}),
        ("subscriptions.acknowledge", f"{subscription}:acknowledge", {"ackIds": ["1"]}),
        ("subscriptions.modifyPushConfig", f"{subscription}:modifyPushConfig", {"pushConfig": {}}),
        ("subscriptions.delete", subscription, None),
        ("topics.delete", topic, None),
    ]
    for name, path, body in calls:
        collection, verb = name.split(".")
        method = pubsub["resources"]["projects"]["resources"][collection]["methods"][verb]
        answer = simulator.http.request(method["httpMethod"], f"/v1/{path}", json=body)
        assert answer.status_code == 200, (name, answer.text)
        assert mismatches(answer.json(), method["response"], schemas) == [], name
