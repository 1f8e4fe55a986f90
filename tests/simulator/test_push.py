"""Notifications: who gets them, how often, and what follows a refusal (world/notifier.py, pubsub/push.py)."""

from collections.abc import Iterator
from threading import Barrier, Event

import jwt
import pytest
from googleapiclient.errors import HttpError

from simulator.pubsub.push import backoff_seconds
from tests.simulator.harness import SUBSCRIPTION, TOPIC, MailboxClient, Simulator
from tests.simulator.receiver import Receiver
from tests.support.waiting import eventually

ROBOT = "push@p.iam.example"
NOON = "1795000000"  # the time stands still, so that "one a second" needs no waiting


@pytest.fixture
def pushed(receiver: Receiver) -> Iterator[MailboxClient]:
    """A watched mailbox; the notification of the watch has arrived."""
    push = ("--push-endpoint", receiver.url, "--push-service-account", ROBOT, "--push-audience", "finito")
    with Simulator("--topic", TOPIC, "--subscription", SUBSCRIPTION, "--clock", NOON, *push) as simulator:
        mailbox = simulator.mailbox("a@example.com")
        mailbox.users.watch(userId="me", body={"topicName": TOPIC}).execute()
        eventually(lambda: receiver.pushes)
        yield mailbox


def settle(mailbox: MailboxClient) -> None:
    """Wait until every push is acknowledged."""
    eventually(lambda: mailbox.simulator.sim("GET", "health")["pushes_waiting"] == 0)


def test_it_proves_the_way_when_the_watch_is_armed(pushed: MailboxClient, receiver: Receiver) -> None:
    (push,) = receiver.pushes
    message = push["message"]
    assert receiver.notifications() == [{"emailAddress": pushed.email, "historyId": pushed.head}]
    assert (push["subscription"], push["deliveryAttempt"]) == (SUBSCRIPTION, 1)
    assert (message["messageId"], message["publishTime"]) == (message["message_id"], message["publish_time"])


def test_it_signs_every_push(pushed: MailboxClient, receiver: Receiver) -> None:
    (token,) = receiver.tokens
    key = jwt.PyJWKClient(f"{pushed.simulator.url}oauth2/v3/certs").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="finito", issuer="https://accounts.google.com")
    assert (claims["email"], claims["email_verified"], claims["exp"] - claims["iat"]) == (ROBOT, True, 3600)


def test_it_notifies_at_once_and_drops_the_rest_of_the_second(pushed: MailboxClient, receiver: Receiver) -> None:
    start = pushed.head
    pushed.add(count=3)
    settle(pushed)
    first = int(pushed.history(start)["history"][0]["id"])
    assert [note["historyId"] for note in receiver.notifications()[1:]] == [first]
    pushed.simulator.sim("POST", "clock", advance=1)
    pushed.add()
    settle(pushed)
    assert [note["historyId"] for note in receiver.notifications()[1:]] == [first, pushed.head]


def test_it_delivers_again_until_it_is_acknowledged(pushed: MailboxClient, receiver: Receiver) -> None:
    receiver.answers.extend([500, 401, 204])
    pushed.add()
    settle(pushed)
    again = receiver.pushes[1:]
    assert [push["deliveryAttempt"] for push in again] == [1, 2, 3]
    assert len({push["message"]["messageId"] for push in again}) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_it_takes_an_acknowledgement(pushed: MailboxClient, receiver: Receiver, status: int) -> None:
    receiver.answers.append(status)
    pushed.add()
    settle(pushed)
    assert len(receiver.pushes) == 2


def test_it_pauses_longer_after_each_refusal_in_a_row() -> None:
    assert [backoff_seconds(failures, 60) for failures in (1, 2, 3, 10, 11, 5000)] == [0.1, 0.2, 0.4, 51.2, 60, 60]


def test_it_pushes_for_several_mailboxes_at_the_same_time(pushed: MailboxClient, receiver: Receiver) -> None:
    others = [pushed.simulator.mailbox(f"{name}@example.com") for name in ("b", "c")]
    together = Barrier(3, timeout=30)  # nobody is answered before all three are there
    receiver.before_answering = together.wait
    for other in others:
        other.users.watch(userId="me", body={"topicName": TOPIC}).execute()
    pushed.add()
    settle(pushed)
    assert {note["emailAddress"][0] for note in receiver.notifications()} == {"a", "b", "c"}


def test_it_takes_silence_for_a_refusal(pushed: MailboxClient, receiver: Receiver) -> None:
    brief = {"topic": TOPIC, "pushConfig": {"pushEndpoint": receiver.url}, "ackDeadlineSeconds": 1}
    pushed.simulator.http.delete(f"/v1/{SUBSCRIPTION}")
    pushed.simulator.http.put(f"/v1/{SUBSCRIPTION}", json=brief)
    released = Event()
    receiver.before_answering = released.wait
    pushed.add()
    eventually(lambda: len(receiver.pushes) == 3)
    released.set()
    settle(pushed)
    assert [push["deliveryAttempt"] for push in receiver.pushes[1:3]] == [1, 2]


def test_it_stops_when_told_and_after_seven_days(pushed: MailboxClient, receiver: Receiver) -> None:
    pushed.simulator.sim("POST", "clock", advance=7 * 24 * 3600)
    pushed.add()
    pushed.tokens = pushed.simulator.tokens(pushed.email)
    users = pushed.simulator.api("gmail.v1", pushed.tokens["access_token"]).users()
    users.watch(userId="me", body={"topicName": TOPIC}).execute()
    users.stop(userId="me").execute()
    pushed.add()
    settle(pushed)
    assert len(receiver.pushes) == 2  # one for each watch


def test_it_keeps_to_the_label_filter(pushed: MailboxClient, receiver: Receiver) -> None:
    pushed.users.watch(userId="me", body={"topicName": TOPIC, "labelIds": ["INBOX"]}).execute()
    settle(pushed)  # pushes are posted side by side: an earlier one may arrive later
    pushed.add(label_ids=["SENT"])
    pushed.add(label_ids=["INBOX"])
    settle(pushed)
    assert receiver.notifications()[-1]["historyId"] == pushed.head
    assert len(receiver.pushes) == 3


def test_it_loses_and_repeats_pushes_when_asked(pushed: MailboxClient, receiver: Receiver) -> None:
    pushed.simulator.fault("push", drop=True)
    pushed.simulator.fault("push", duplicate=2)
    for _ in range(2):
        pushed.simulator.sim("POST", "clock", advance=1)
        pushed.add()
    eventually(lambda: len(receiver.pushes) == 4)
    assert {note["historyId"] for note in receiver.notifications()[1:]} == {pushed.head}


def test_it_reorders_pushes_when_asked(pushed: MailboxClient, receiver: Receiver) -> None:
    pushed.simulator.fault("push", reorder=True)
    heads = []
    for _ in range(2):
        pushed.simulator.sim("POST", "clock", advance=1)
        pushed.add()
        heads.append(pushed.head)
    settle(pushed)
    assert [note["historyId"] for note in receiver.notifications()[1:]] == heads[::-1]


def test_it_sends_whatever_notification_is_asked_for(pushed: MailboxClient, receiver: Receiver) -> None:
    pushed.simulator.change_account(pushed.email, "notify", history_id=7)
    settle(pushed)
    assert receiver.notifications()[-1] == {"emailAddress": pushed.email, "historyId": 7}


@pytest.mark.parametrize(
    ("topic", "status", "text"),
    [
        ("projects/p/topics/missing", 404, "Resource not found"),
        ("projects/p/topics/closed", 403, "User not authorized to perform this action"),
        ("projects/foreign/topics/mail", 400, "Invalid topicName does not match projects/p/topics/*"),
        ("nonsense", 400, "Invalid topicName does not match"),
        ("projects/p/topics/second", 400, "Only one user push notification client allowed per developer"),
    ],
)
def test_it_refuses_a_watch_that_cannot_work(mailbox: MailboxClient, topic: str, status: int, text: str) -> None:
    simulator, watch = mailbox.simulator, mailbox.users.watch
    members = {"closed": [], "second": ["serviceAccount:gmail-api-push@system.gserviceaccount.com"]}
    for name, allowed in members.items():
        policy = {"bindings": [{"role": "roles/pubsub.publisher", "members": allowed}]}
        simulator.http.put(f"/v1/projects/p/topics/{name}", json={})
        simulator.http.post(f"/v1/projects/p/topics/{name}:setIamPolicy", json={"policy": policy})
    watch(userId="me", body={"topicName": TOPIC}).execute()
    with pytest.raises(HttpError, match=text.replace("*", r"\*")) as refused:
        watch(userId="me", body={"topicName": topic}).execute()
    assert refused.value.status_code == status
