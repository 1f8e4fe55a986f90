"""`setup_pubsub`: the commands, and the same through the API, as often as one likes."""

import shlex
from contextlib import nullcontext
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.pubsub import api as pubsub_api
from gmail_sync.pubsub import setup as pubsub_setup
from gmail_sync.pubsub.setup import GMAIL_PUBLISHER
from tests.gmail_sync.management.cloud import ENDPOINT, Cloud, setup
from tests.simulator.harness import Simulator
from tests.support.environment import PUSH_SERVICE_ACCOUNT
from tests.support.google.harness import Mailbox, is_due, sync

pytestmark = pytest.mark.any_database


def test_it_makes_what_is_missing_and_then_finds_it_so(cloud: Cloud) -> None:
    assert setup("--apply").endswith("3 changed.\n")
    made = cloud.get(cloud.subscription)
    token = {"serviceAccountEmail": PUSH_SERVICE_ACCOUNT, "audience": ENDPOINT}
    assert made["pushConfig"] == {"pushEndpoint": ENDPOINT, "oidcToken": token}
    assert (made["topic"], made["expirationPolicy"], made["ackDeadlineSeconds"]) == (cloud.topic, {}, 10)
    assert cloud.bindings() == [{"role": "roles/pubsub.publisher", "members": [GMAIL_PUBLISHER]}]
    again = setup("--apply")
    assert again.count("already so") == 4
    assert again.endswith("Everything is already so.\n")


def test_it_keeps_what_others_were_granted(cloud: Cloud) -> None:
    cloud.put(cloud.topic)
    cloud.grant("roles/viewer", "user:ann@x.example")
    cloud.grant("roles/pubsub.publisher", "user:bob@x.example")
    setup("--apply")
    assert cloud.bindings() == [
        {"role": "roles/viewer", "members": ["user:ann@x.example"]},
        {"role": "roles/pubsub.publisher", "members": ["user:bob@x.example", GMAIL_PUBLISHER]},
    ]


def test_it_reads_again_when_the_policy_changes_under_it(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.put(cloud.topic)
    read = pubsub_api.topic_policy
    others = iter(["user:ann@x.example", "user:bob@x.example"])

    def read_and_change(name: str) -> dict[str, Any]:
        policy = read(name)
        if other := next(others, None):
            cloud.grant("roles/viewer", other)
        return policy

    monkeypatch.setattr(pubsub_api, "topic_policy", read_and_change)
    monkeypatch.setattr(pubsub_setup, "PAUSE_SECONDS", 0)
    setup("--apply")
    assert sorted(member for binding in cloud.bindings() for member in binding["members"]) == [
        GMAIL_PUBLISHER,
        "user:ann@x.example",
        "user:bob@x.example",
    ]


def test_it_mends_a_subscription_that_differs_and_keeps_the_rest(cloud: Cloud) -> None:
    cloud.put(cloud.topic)
    push = {"pushEndpoint": "https://old.example/gmail/push/"}
    cloud.put(cloud.subscription, topic=cloud.topic, pushConfig=push, ackDeadlineSeconds=600, labels={"team": "mail"})
    assert "changed (pushConfig, expirationPolicy, ackDeadlineSeconds)" in setup("--apply")
    mended = cloud.get(cloud.subscription)
    assert mended["pushConfig"]["oidcToken"]["audience"] == ENDPOINT
    assert (mended["expirationPolicy"], mended["ackDeadlineSeconds"], mended["labels"]) == ({}, 10, {"team": "mail"})
    assert setup("--apply").endswith("Everything is already so.\n")


def test_it_pushes_elsewhere_on_request(cloud: Cloud) -> None:
    setup("--apply", "--endpoint", "https://other.example/gmail/push/")
    push = cloud.get(cloud.subscription)["pushConfig"]
    assert (push["pushEndpoint"], push["oidcToken"]["audience"]) == ("https://other.example/gmail/push/", ENDPOINT)


def test_it_makes_a_subscription_for_pull_mode(cloud: Cloud) -> None:
    setup("--apply")
    assert "changed (pushConfig)" in setup("--apply", "--pull")
    assert cloud.get(cloud.subscription)["pushConfig"] == {}
    assert setup("--apply", "--pull").endswith("Everything is already so.\n")


def test_it_takes_no_subscription_away_from_another_topic(cloud: Cloud) -> None:
    theirs = f"{cloud.topic}-theirs"
    cloud.put(theirs)
    cloud.put(cloud.subscription, topic=theirs)
    with pytest.raises(CommandError, match=f"belongs to the topic {theirs}"):
        setup("--apply")
    assert cloud.get(cloud.subscription)["topic"] == theirs


@pytest.mark.parametrize("arguments", [[], ["--apply"]])
def test_it_prints_the_commands_without_credentials(cloud: Cloud, settings: Any, arguments: list[str]) -> None:
    settings.GOOGLE_APPLICATION_CREDENTIALS = ""
    out = StringIO()
    refused = pytest.raises(CommandError, match="GOOGLE_APPLICATION_CREDENTIALS is not set")
    with refused if arguments else nullcontext():
        call_command("setup_pubsub", *arguments, stdout=out)
    commands = [shlex.split(line) for line in out.getvalue().splitlines() if line.startswith("gcloud ")]
    assert [command[:4] for command in commands] == [
        ["gcloud", "services", "enable", "pubsub.googleapis.com"],
        ["gcloud", "pubsub", "topics", "create"],
        ["gcloud", "pubsub", "topics", "add-iam-policy-binding"],
        ["gcloud", "iam", "service-accounts", "create"],
        ["gcloud", "pubsub", "subscriptions", "create"],
    ]
    assert {f"--topic={cloud.topic}", f"--push-endpoint={ENDPOINT}", "--expiration-period=never"} <= set(commands[-1])
    assert httpx.get(f"{cloud.root}/v1/{cloud.topic}").status_code == 404


@pytest.mark.parametrize("setting", ["GMAIL_PUBSUB_TOPIC", "PUBSUB_SUBSCRIPTION", "PUBSUB_PUSH_SERVICE_ACCOUNT"])
def test_it_names_what_is_not_set(cloud: Cloud, settings: Any, setting: str) -> None:
    setattr(settings, setting, "")
    with pytest.raises(CommandError, match=f"{setting} is not set"):
        setup("--apply")


def test_it_says_what_the_service_account_is_not_allowed(cloud: Cloud, google: Simulator) -> None:
    google.fault("topics.get", status=403, reason="forbidden", message="User not authorized to perform this action.")
    with pytest.raises(CommandError, match=r"403 User not authorized.*roles/pubsub\.admin"):
        setup("--apply")


def test_it_has_the_watches_renewed_once_something_changed(cloud: Cloud, gmail: Mailbox, account: GmailAccount) -> None:
    said = setup("--apply")
    assert "watches: 1 to be renewed by a worker, now." in said
    assert is_due(account)
    sync(account)
    assert gmail.watched() == cloud.topic
    assert "watches" not in setup("--apply")
    GmailWatch.objects.update(wanted=False)
    httpx.delete(f"{cloud.root}/v1/{cloud.subscription}")
    assert "watches" not in setup("--apply")  # an operator has stopped it
