"""Gmail's watch is made, renewed and stopped; polling goes on whatever becomes of it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.states import RENEW_SECONDS
from tests.gmail_sync.sync.watch_row import make_due, watch
from tests.support.environment import TOPIC
from tests.support.google.harness import Mailbox, attempt_sync, sync, told

ANOTHER_TOPIC = "projects/test/topics/another"
GMAIL_MAY_PUBLISH = {
    "role": "roles/pubsub.publisher",
    "members": ["serviceAccount:gmail-api-push@system.gserviceaccount.com"],
}


def make_topic(gmail: Mailbox, name: str, *bindings: dict[str, Any]) -> None:
    """A topic of the project, with these roles."""
    url, headers = gmail.simulator.url.rstrip("/"), {"Authorization": "Bearer any"}
    httpx.put(f"{url}/v1/{name}", json={}, headers=headers)
    body = {"policy": {"bindings": list(bindings)}}
    httpx.post(f"{url}/v1/{name}:setIamPolicy", json=body, headers=headers).raise_for_status()


def test_it_watches_from_the_first_sync_on(gmail: Mailbox, account: GmailAccount) -> None:
    assert (gmail.watched(), watch().state, watch().topic) == (TOPIC, "active", TOPIC)
    expires_at, renew_at = watch().expires_at, watch().renew_at
    assert expires_at is not None
    assert renew_at is not None
    assert expires_at - timezone.now() > timedelta(days=6)
    assert renew_at - timezone.now() <= timedelta(seconds=RENEW_SECONDS)


def test_it_leaves_a_fresh_watch_alone(gmail: Mailbox, account: GmailAccount) -> None:
    before = gmail.calls("watch")
    sync(account)
    assert gmail.calls("watch") == before == 1


def test_it_renews_a_watch_that_is_due(gmail: Mailbox, account: GmailAccount) -> None:
    before = watch().renewed_at
    gmail.account("expire_watch")
    make_due()
    sync(account)
    assert (gmail.watched(), watch().state) == (TOPIC, "active")
    assert watch().renewed_at != before


def test_a_renewal_does_not_touch_the_cursor(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    cursor = account.history_id
    (gmail_id,) = gmail.deliver()
    make_due()
    gmail.fault("history.list", status=500)
    attempt_sync(account)
    assert (gmail.calls("watch"), account.history_id) == (2, cursor)
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_it_replaces_the_watch_of_another_topic(gmail: Mailbox, account: GmailAccount, settings: Any) -> None:
    make_topic(gmail, ANOTHER_TOPIC, GMAIL_MAY_PUBLISH)
    settings.GMAIL_PUBSUB_TOPIC = ANOTHER_TOPIC
    sync(account)
    assert (gmail.watched(), watch().topic, watch().state) == (ANOTHER_TOPIC, ANOTHER_TOPIC, "active")
    assert gmail.calls("stop") == 1


@pytest.mark.parametrize("roles", ["none", "no topic"])
@pytest.mark.parametrize("at_first", [True, False])
def test_it_polls_when_gmail_cannot_notify(
    gmail: Mailbox, ann: User, settings: Any, roles: str, at_first: bool
) -> None:
    account = gmail.connect(ann)
    if not at_first:
        sync(account)
    settings.GMAIL_PUBSUB_TOPIC = f"projects/test/topics/{roles.replace(' ', '-')}"
    if roles == "none":
        make_topic(gmail, settings.GMAIL_PUBSUB_TOPIC)
    sync(account)
    (gmail_id,) = gmail.deliver()
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", gmail_id)]
    assert (watch().state, "Cloud PubSub" in watch().last_error) == ("failed", True)


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "forbidden"])
def test_it_does_not_ask_again_and_again_for_a_watch_that_fails(gmail: Mailbox, ann: User, reason: str) -> None:
    account = gmail.connect(ann)
    gmail.fault("watch", status=403, reason=reason, times=None)
    for _ in range(4):
        assert 0 < sync(account) <= 60
    assert gmail.calls("watch") == 1
    gmail.mend()
    make_due()
    sync(account)
    assert (watch().state, watch().last_error) == ("active", "")


def test_it_does_without_a_watch_when_no_topic_is_set(gmail: Mailbox, ann: User, settings: Any) -> None:
    settings.GMAIL_PUBSUB_TOPIC = ""
    account = gmail.connect(ann)
    sync(account)
    assert (gmail.calls("watch"), watch().state, account.state) == (0, "none", "connected")


def test_it_stops_a_watch_that_is_not_wanted(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    GmailWatch.objects.update(wanted=False)
    sync(account)
    assert (gmail.watched(), watch().state, watch().expires_at) == (None, "none", None)
    (gmail_id,) = gmail.deliver()
    sync(account)
    assert (gmail.watched(), gmail.calls("stop"), told(ann)) == (None, 1, [("message.added", gmail_id)])


def test_rule_06_a_watch_is_not_renewed_for_a_mailbox_that_closes(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    ann.delete()
    make_due()
    attempt_sync(account)
    assert gmail.calls("watch") == 1
    assert not GmailWatch.objects.exists()
