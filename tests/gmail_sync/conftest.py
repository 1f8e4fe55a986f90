"""One simulator for all of these tests; each has a mailbox of its own, and talks to it through Google's client."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from gmail_sync import gmail_http
from gmail_sync.models import GmailAccount
from tests.environment import CLIENT_ID, CLIENT_SECRET, PUSH_SERVICE_ACCOUNT, SUBSCRIPTION, TOPIC, google_at
from tests.gmail_sync.harness import Mailbox, forget_events, sync
from tests.gmail_sync.pushes import EMAIL
from tests.gmail_sync.signer import AUDIENCE, CertsServer
from tests.simulator.harness import Simulator
from tests.simulator.receiver import Receiver

_numbers = count(1)


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """Where the simulator pushes to; the tests hand on what matters to them."""
    with Receiver() as running:
        yield running


@pytest.fixture(scope="session")
def simulator(receiver: Receiver) -> Iterator[Simulator]:
    options = {
        "--topic": TOPIC,
        "--subscription": SUBSCRIPTION,
        "--push-endpoint": receiver.url,
        "--push-audience": AUDIENCE,
        "--push-service-account": PUSH_SERVICE_ACCOUNT,
        "--client-id": CLIENT_ID,
        "--client-secret": CLIENT_SECRET,
    }
    with Simulator(*(word for option in options.items() for word in option)) as running:
        gmail_http.service.cache_clear()
        with override_settings(GMAIL_API_ROOT=running.url):
            gmail_http.service()
        yield running
        gmail_http.service.cache_clear()


@pytest.fixture
def google(simulator: Simulator, settings: Any) -> Iterator[Simulator]:
    """The simulator in Google's place, without faults and with an empty meter."""
    for name, value in google_at(simulator.url.rstrip("/")).items():
        setattr(settings, name, value)
    simulator.sim("DELETE", "meter")
    yield simulator
    simulator.sim("DELETE", "faults")


@pytest.fixture
def gmail(google: Simulator) -> Mailbox:
    """A mailbox with three unread mails in its inbox."""
    mailbox = Mailbox(f"user{next(_numbers)}@gmail.example", google)
    google.sim("POST", "mailboxes", email=mailbox.email)
    mailbox.deliver(3, label_ids=["INBOX", "UNREAD"])
    return mailbox


@pytest.fixture
def ann(transactional_db: None) -> User:
    return User.objects.create_user("ann", password="ann")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return User.objects.create_user("bob", password="bob")


@pytest.fixture
def account(gmail: Mailbox, ann: User) -> GmailAccount:
    """Ann's mailbox, read for the first time; no event is stored."""
    account = gmail.connect(ann)
    sync(account)
    forget_events()
    return account


@pytest.fixture
def google_certs(settings: Any) -> Iterator[CertsServer]:
    with CertsServer() as server:
        settings.PUBSUB_CERTS_URL = server.url
        yield server


@pytest.fixture
def mailbox(transactional_db: None) -> GmailAccount:
    """A connected mailbox whose history is known up to 100; it is not due."""
    return GmailAccount.objects.create(email=EMAIL, google_sub="1", state="connected", history_id=100)
