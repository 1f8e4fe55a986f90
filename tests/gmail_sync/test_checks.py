"""A check says so where an operator got a setting wrong."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks

from gmail_sync.checks import REPLACEABLE


def found() -> list[str]:
    """Return the ids of the faults that this app's checks find; each has its mend."""
    messages = run_checks(tags=["gmail_sync"])
    assert all(message.hint for message in messages)
    return [str(message.id) for message in messages]


def test_it_finds_nothing_wrong_with_a_good_configuration() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("MISSING_SETTINGS", ["SECRET_KEY"], "finito.E001"),
        ("MISSING_SETTINGS", ["TOKEN_ENCRYPTION_KEYS"], "finito.E002"),
        ("TOKEN_ENCRYPTION_KEYS", ["no key"], "finito.E006"),
        ("TOKEN_ENCRYPTION_KEYS", [Fernet.generate_key().decode(), ""], "finito.E006"),
        ("TOKEN_ENCRYPTION_KEYS", ["é" * 44], "finito.E006"),
        ("GMAIL_PUBSUB_TOPIC", "gmail", "finito.E008"),
        ("GMAIL_PUBSUB_TOPIC", "projects/p/topics/", "finito.E008"),
        ("GMAIL_PUBSUB_TOPIC", "projects/p/subscriptions/s", "finito.E008"),
        ("GMAIL_PUBSUB_TOPIC", "projects/a b/topics/t", "finito.E008"),
        ("PUBSUB_SUBSCRIPTION", "finito", "finito.E008"),
        ("PUBSUB_SUBSCRIPTION", "projects/p/topics/t", "finito.E008"),
        ("GOOGLE_CLIENT_ID", "", "finito.W001"),
        ("GOOGLE_CLIENT_SECRET", "", "finito.W001"),
    ],
)
def test_it_names_the_mistake(settings: Any, name: str, value: Any, id: str) -> None:
    setattr(settings, name, value)
    assert found() == [id]


NO_URLS = ["https://x.example:99999/", "https://x.example:port/", "http://127.0.0.1:0/", "https://x y.example/"]


@pytest.mark.parametrize("name", REPLACEABLE)
@pytest.mark.parametrize(
    "url", ["http://example.com/", "ftp://127.0.0.1/", "", "127.0.0.1", "http://127.0.0.1.example/", *NO_URLS]
)
def test_it_refuses_an_address_that_tokens_must_not_travel_to(settings: Any, name: str, url: str) -> None:
    setattr(settings, name, url)
    assert found() == ["finito.E007"]


@pytest.mark.parametrize(
    "url", ["https://google.example/", "http://localhost:9/", "http://127.0.0.1/", "http://[::1]:9/"]
)
def test_it_allows_https_and_loopback(settings: Any, url: str) -> None:
    for name in REPLACEABLE:
        setattr(settings, name, url)
    assert found() == []


def without_push(settings: Any, *names: str) -> None:
    settings.PUBSUB_SUBSCRIPTION = ""
    for name in names:
        setattr(settings, name, "")


@pytest.mark.parametrize("name", ["GMAIL_PUBSUB_TOPIC", "PUBSUB_PUSH_AUDIENCE", "PUBSUB_PUSH_SERVICE_ACCOUNT"])
def test_it_warns_that_mailboxes_are_only_polled(settings: Any, name: str) -> None:
    without_push(settings, name)
    assert found() == ["finito.W002"]


@pytest.mark.parametrize("name", ["PUBSUB_PUSH_TOKEN", "PUBSUB_SUBSCRIPTION"])
def test_it_does_not_warn_where_notifications_come_otherwise(settings: Any, name: str) -> None:
    without_push(settings, "PUBSUB_PUSH_AUDIENCE")
    setattr(settings, name, "projects/p/subscriptions/s")
    assert found() == []


def test_it_names_a_number_that_is_none(settings: Any) -> None:
    settings.UNREADABLE_SETTINGS = ["MIRROR_LIMIT"]
    assert "finito.E009" in {message.id for message in run_checks()}
