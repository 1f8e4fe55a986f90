"""Pull mode, through Google's own client."""

import json
from base64 import b64decode
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.simulator.harness import SUBSCRIPTION, TOPIC, MailboxClient, Simulator


@pytest.fixture
def subscriptions(mailbox: MailboxClient) -> Any:
    """A fresh pull subscription that holds the notification of the mailbox's watch."""
    subscriptions = mailbox.simulator.api("pubsub.v1").projects().subscriptions()
    mailbox.simulator.http.delete(f"/v1/{SUBSCRIPTION}")
    subscriptions.create(name=SUBSCRIPTION, body={"topic": TOPIC}).execute()
    mailbox.users.watch(userId="me", body={"topicName": TOPIC}).execute()
    return subscriptions


def pull(subscriptions: Any) -> Any:
    body = {"maxMessages": 10, "returnImmediately": True}
    return subscriptions.pull(subscription=SUBSCRIPTION, body=body).execute()


def test_it_hands_out_a_message_until_it_is_acknowledged(mailbox: MailboxClient, subscriptions: Any) -> None:
    (received,) = pull(subscriptions)["receivedMessages"]
    ack = {"ackIds": [received["ackId"]]}
    assert json.loads(b64decode(received["message"]["data"]))["emailAddress"] == mailbox.email
    assert pull(subscriptions) == {}
    subscriptions.modifyAckDeadline(subscription=SUBSCRIPTION, body={**ack, "ackDeadlineSeconds": 0}).execute()
    (again,) = pull(subscriptions)["receivedMessages"]
    assert (again["ackId"], again["deliveryAttempt"]) == (received["ackId"], 2)
    subscriptions.acknowledge(subscription=SUBSCRIPTION, body=ack).execute()
    subscriptions.modifyAckDeadline(subscription=SUBSCRIPTION, body={**ack, "ackDeadlineSeconds": 0}).execute()
    assert pull(subscriptions) == {}


def test_it_answers_404_for_a_subscription_that_is_gone(subscriptions: Any) -> None:
    subscriptions.delete(subscription=SUBSCRIPTION).execute()
    with pytest.raises(HttpError, match="Resource not found") as gone:
        pull(subscriptions)
    assert gone.value.status_code == 404


def test_it_creates_nothing_twice(simulator: Simulator) -> None:
    assert simulator.http.put(f"/v1/{TOPIC}", json={}).status_code == 409


def test_it_grants_gmail_the_publisher_role_on_its_own_topic(simulator: Simulator) -> None:
    policy = simulator.http.get(f"/v1/{TOPIC}:getIamPolicy").json()
    assert policy["bindings"][0]["role"] == "roles/pubsub.publisher"


def test_it_refuses_a_policy_that_was_read_before_another_change(simulator: Simulator) -> None:
    read = simulator.http.get(f"/v1/{TOPIC}:getIamPolicy").json()
    changed = {
        "policy": {**read, "bindings": [*read["bindings"], {"role": "roles/viewer", "members": ["user:a@x.example"]}]}
    }
    assert simulator.http.post(f"/v1/{TOPIC}:setIamPolicy", json=changed).status_code == 200
    assert simulator.http.post(f"/v1/{TOPIC}:setIamPolicy", json={"policy": read}).status_code == 409


def test_it_patches_only_what_the_mask_names(subscriptions: Any) -> None:
    changes = {"ackDeadlineSeconds": 60, "expirationPolicy": {}}
    body = {"subscription": changes, "updateMask": "expirationPolicy"}
    patched = subscriptions.patch(name=SUBSCRIPTION, body=body).execute()
    assert (patched["ackDeadlineSeconds"], patched["expirationPolicy"]) == (10, {})
    with pytest.raises(HttpError, match="update_mask"):
        subscriptions.patch(name=SUBSCRIPTION, body={**body, "updateMask": "topic"}).execute()


def test_it_says_what_time_it_is_in_the_simulation(simulator: Simulator) -> None:
    before = parsedate_to_datetime(simulator.http.get("/sim/health").headers["date"])
    simulator.sim("POST", "clock", advance=3600)
    after = parsedate_to_datetime(simulator.http.get("/sim/health").headers["date"])
    assert 3600 <= (after - before).total_seconds() < 3700
