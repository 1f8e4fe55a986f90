"""Messages and batches, through Google's own client."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.simulator.harness import MailboxClient, Simulator


def test_it_pages_through_all_messages_once(mailbox: MailboxClient) -> None:
    mailbox.add(count=8)
    listed: list[str] = []
    request = mailbox.users.messages().list(userId="me", maxResults=3)
    while request is not None:
        answer = request.execute()
        listed += [message["id"] for message in answer["messages"]]
        request = mailbox.users.messages().list_next(request, answer)
    assert listed == [message["id"] for message in mailbox.dump()["messages"]]


def test_it_lists_by_all_labels_and_leaves_the_trash_out(mailbox: MailboxClient) -> None:
    (both,) = mailbox.add(label_ids=["INBOX", "Label_1"])
    (trashed,) = mailbox.add(label_ids=["INBOX", "Label_1", "TRASH"])
    listing = mailbox.users.messages().list
    found = listing(userId="me", labelIds=["INBOX", "Label_1"]).execute()["messages"]
    everything = listing(userId="me", labelIds=["Label_1"], includeSpamTrash=True).execute()["messages"]
    assert [m["id"] for m in found] == [both]
    assert {m["id"] for m in everything} == {both, trashed}


def test_it_answers_an_empty_listing_without_messages(mailbox: MailboxClient) -> None:
    assert mailbox.users.messages().list(userId="me", labelIds=["DRAFT"]).execute() == {"resultSizeEstimate": 0}


def test_it_narrows_metadata_down_to_the_headers_asked_for(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add(subject="Hello")
    message = mailbox.users.messages().get(userId="me", id=added, format="metadata", metadataHeaders=["subject"])
    assert message.execute()["payload"]["headers"] == [{"name": "Subject", "value": "Hello"}]


def test_it_counts_what_a_label_holds(mailbox: MailboxClient) -> None:
    mailbox.add(label_ids=["Label_2", "UNREAD"])
    mailbox.add(label_ids=["Label_2"])
    label = mailbox.users.labels().get(userId="me", id="Label_2").execute()
    assert (label["messagesTotal"], label["messagesUnread"]) == (2, 1)
    # A mail that is made up may be a reply, in a thread that exists.
    threads = {message["thread_id"] for message in mailbox.dump()["messages"] if "Label_2" in message["label_ids"]}
    assert label["threadsTotal"] == len(threads)


@pytest.mark.parametrize(
    "to",
    ["{}", "<{}>", '"Doe, John" <{}>', "nobody@x, Ann ({}) <{}>", "Doe, John <{}>", "Friends: {};", "<{}>, a@b@c"],
)
def test_it_sends_to_other_mailboxes(simulator: Simulator, mailbox: MailboxClient, to: str) -> None:
    other = simulator.mailbox(f"other.{mailbox.email}")
    text = f"To: {to.replace('{}', other.email)}\r\nSubject: Over there\r\n\r\nHi"
    raw = urlsafe_b64encode(text.encode()).decode()
    sent = mailbox.users.messages().send(userId="me", body={"raw": raw}).execute()
    assert sent["labelIds"] == ["SENT"]
    assert [message["subject"] for message in other.dump()["messages"]][:1] == ["Over there"]


def test_it_leaves_inbox_with_trashed_mail_when_told_to(mailbox: MailboxClient) -> None:
    (kept,), (moved,) = mailbox.add(label_ids=["INBOX"]), mailbox.add(label_ids=["INBOX"])
    mailbox.change(kept, "trash", keeps_inbox=True)
    mailbox.change(moved, "trash")
    labels = {message["id"]: message["label_ids"] for message in mailbox.dump()["messages"]}
    assert (labels[kept], labels[moved]) == (["INBOX", "TRASH"], ["TRASH"])


def test_it_always_leaves_inbox_with_trashed_mail_by_its_option() -> None:
    with Simulator("--trash-keeps-inbox") as simulator:
        mailbox = simulator.mailbox("a@example.com", messages=1)
        (message,) = mailbox.dump()["messages"]
        mailbox.users.messages().trash(userId="me", id=message["id"]).execute()
        assert {"INBOX", "TRASH"} <= set(mailbox.dump()["messages"][0]["label_ids"])


def run_batch(mailbox: MailboxClient, ids: list[str]) -> tuple[dict[str, Any], dict[str, HttpError]]:
    answers: dict[str, Any] = {}
    errors: dict[str, HttpError] = {}

    def collect(request_id: str, answer: Any, error: HttpError | None) -> None:
        if error is not None:
            errors[request_id] = error
        else:
            answers[request_id] = answer

    batch = mailbox.simulator.api("gmail.v1", mailbox.tokens["access_token"]).new_batch_http_request(collect)
    for message_id in ids:
        batch.add(mailbox.users.messages().get(userId="me", id=message_id), request_id=message_id)
    batch.execute()
    return answers, errors


def test_it_answers_each_part_of_a_batch_for_itself(mailbox: MailboxClient) -> None:
    ids = mailbox.add(count=3)
    unknown = "19ffffffffffffff with a long name that folds the header of the part that carries it"
    answers, errors = run_batch(mailbox, [*ids, unknown])
    assert {key: answer["id"] for key, answer in answers.items()} == {key: key for key in ids}
    assert errors[unknown].status_code == 404


def test_it_hides_a_throttle_inside_a_good_batch(mailbox: MailboxClient) -> None:
    ids = mailbox.add(count=4)
    mailbox.simulator.fault("batch", concurrency=3)
    answers, errors = run_batch(mailbox, ids)
    assert (len(answers), [error.status_code for error in errors.values()]) == (3, [429])


def test_it_refuses_a_batch_of_more_than_a_hundred(mailbox: MailboxClient) -> None:
    part = "--b\nContent-Type: application/http\n\nGET /gmail/v1/users/me/profile HTTP/1.1\n\n\n"
    answer = mailbox.simulator.http.post(
        "/batch/gmail/v1",
        content=part * 101 + "--b--",
        headers={"Content-Type": "multipart/mixed; boundary=b"},
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("user", ["me", "{email}", "ME"])
def test_it_knows_the_mailbox_by_me_and_by_address(mailbox: MailboxClient, user: str) -> None:
    profile = mailbox.users.getProfile(userId=user.format(email=mailbox.email)).execute()
    assert profile["emailAddress"] == mailbox.email


def test_it_lets_nobody_into_another_mailbox(mailbox: MailboxClient) -> None:
    with pytest.raises(HttpError) as refused:
        mailbox.users.getProfile(userId="somebody@example.com").execute()
    assert refused.value.status_code == 403


def test_it_charges_units_by_method_and_mailbox(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add()
    run_batch(mailbox, [added, added + "0"])
    mailbox.history(mailbox.head)
    meter = mailbox.simulator.meter()
    assert meter["units_by_mailbox"] == {mailbox.email: {"messages.get": 40, "history.list": 2}}
    assert meter["calls"]["messages.get"] == {"200": 1, "404": 1}
