"""A page says what keeps mail from being live, for which mailbox and since when, and calls no such mailbox well."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gmail_sync.heartbeat import Heartbeat
from gmail_sync.models import GmailAccount, GmailWatch, WorkerHeartbeat
from gmail_sync.pages import lateness
from tests.support.inbox import connected, listing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

THEN = datetime(2026, 11, 22, 10, tzinfo=UTC)
FAILING = {"failures": 3, "last_error": "GmailUnavailable: 503", "last_synced_at": THEN}
TOMORROW, YESTERDAY = timedelta(days=1), timedelta(days=-1)


@pytest.fixture
def user() -> User:
    Heartbeat().beat_if_due()
    return User.objects.create_user("anna")


def mailbox(user: User, fields: dict[str, Any], watch: dict[str, Any] | None) -> GmailAccount:
    account = connected(user, **fields)
    if watch is not None:
        expires_at = timezone.now() + watch.pop("left", TOMORROW)
        GmailWatch.objects.create(account=account, **{"state": "active", "expires_at": expires_at, **watch})
    return account


def reasons(user: User) -> list[str]:
    return [late["reason"] for late in lateness.late_of([user.pk]).get(user.pk, [])]


@pytest.mark.parametrize(
    ("fields", "watch", "expected"),
    [
        ({}, {}, []),
        ({}, None, []),  # connected just now
        ({"failures": 2, "last_error": "GmailUnavailable: 503"}, {}, []),
        (FAILING, {}, ["gmail"]),
        ({**FAILING, "state": "syncing"}, None, ["gmail"]),
        ({**FAILING, "last_error": "GmailThrottled: 429"}, {}, ["throttled"]),
        ({**FAILING, "last_error": "CredentialsUnreadable: no key"}, {}, ["keys"]),
        ({**FAILING, "last_error": "ValueError: x"}, {}, ["error"]),
        ({**FAILING, "last_error": ""}, {"state": "silent"}, ["error"]),  # the worse of the two
        ({**FAILING, "state": "reauth_required"}, {}, []),  # its state says it
        ({}, {"state": "silent"}, ["push"]),
        ({}, {"state": "failed"}, ["push"]),
        ({}, {"wanted": False}, ["push"]),
        ({}, {"left": YESTERDAY}, ["push"]),
        ({}, {"state": "none", "expires_at": None}, []),
    ],
)
def test_it_names_what_is_late(user: User, fields: dict[str, Any], watch: Any, expected: list[str]) -> None:
    account = mailbox(user, dict(fields), watch and dict(watch) if watch is not None else None)
    assert reasons(user) == expected
    found = lateness.late_mailbox(GmailAccount.objects.select_related("watch").get(pk=account.pk))
    assert ([found["reason"]] if found else []) == expected


def test_it_says_since_when(user: User) -> None:
    account = mailbox(user, FAILING, {})
    late = {"account_id": account.pk, "reason": "gmail", "since": "2026-11-22T10:00:00Z"}
    assert lateness.late_of([user.pk]) == {user.pk: [late]}


def test_it_says_that_no_worker_lives(user: User) -> None:
    WorkerHeartbeat.objects.update(beaten_at=THEN)
    mailbox(user, FAILING, {})
    worker, failing = lateness.late_of([user.pk])[user.pk]
    assert worker == {"account_id": None, "reason": "worker", "since": "2026-11-22T10:00:00Z"}
    assert failing["reason"] == "gmail"


def test_without_a_topic_no_mailbox_is_live(user: User, settings: Any) -> None:
    settings.GMAIL_PUBSUB_TOPIC = ""
    mailbox(user, {}, None)
    assert reasons(user) == ["push"]


def test_it_tells_each_member_and_nobody_else(user: User) -> None:
    bob, eve = User.objects.create_user("bob"), User.objects.create_user("eve")
    mailbox(user, FAILING, {}).users.add(bob)
    with CaptureQueriesContext(connection) as queries:
        late = lateness.late_of([user.pk, bob.pk, eve.pk])
    assert {user_id for user_id, found in late.items() if found} == {user.pk, bob.pk}
    assert len(queries) == 2


@pytest.mark.parametrize(
    ("fields", "watch", "words"),
    [
        (FAILING, {}, "Not read since 22 Nov, 10:00 UTC: Gmail does not answer"),
        ({**FAILING, "last_synced_at": None}, {}, "Not read: Gmail does not answer"),
        ({**FAILING, "last_error": "CredentialsUnreadable: x"}, None, "an operator must mend that"),
        ({"state": "reauth_required"}, {}, "Paused until you allow it again"),
        ({"state": "reauth_required"}, {"state": "silent"}, "your consent again"),
        ({}, {"left": YESTERDAY}, "Lapsed"),
        ({**FAILING}, {"left": YESTERDAY}, "Gmail does not answer"),
    ],
)
def test_no_page_says_connected_or_on_of_a_mailbox_that_is_not_read(
    client: Client, user: User, fields: dict[str, Any], watch: Any, words: str
) -> None:
    mailbox(user, dict(fields), watch and dict(watch) if watch is not None else None)
    client.force_login(user)
    card = client.get("/accounts/").content.decode().split("<article")[1].split("</article>")[0]
    assert words.replace("'", "&#x27;") in card
    assert "On:" not in card
    assert ("Connected" in card) == (not fields)  # a mailbox that is only not pushed is read each minute
    if fields.get("failures"):
        inbox = client.get("/").content.decode()
        notice = inbox.split('<li class="notice"')[1].split("</li>")[0]
        assert words in notice
        assert listing(client)["accounts"][0]["late"]["reason"] in ("gmail", "keys")
