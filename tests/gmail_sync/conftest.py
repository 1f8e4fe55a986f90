"""One simulator for all of these tests; each has a mailbox of its own, and talks to it through Google's client."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from gmail_sync.gmail import http as gmail_http
from gmail_sync.heartbeat import Heartbeat
from gmail_sync.models import GmailAccount
from gmail_sync.pubsub import api as pubsub_api
from launcher.environment import google_at
from tests.gmail_sync.doctor.scene import PUBLISHER, Scene, Stranger
from tests.gmail_sync.doctor.scene import SUBSCRIPTION as DOCTOR_SUBSCRIPTION
from tests.simulator.harness import Simulator
from tests.simulator.receiver import Receiver
from tests.support.environment import CLIENT_ID, CLIENT_SECRET, PUSH_SERVICE_ACCOUNT, SUBSCRIPTION, TOPIC
from tests.support.google.harness import Mailbox, forget_events, sync
from tests.support.google.pushes import EMAIL
from tests.support.google.service_account import write_key
from tests.support.google.signer import AUDIENCE, CertsServer
from tests.support.http_server import HttpServer
from tests.support.live import Stack
from tests.support.supabase import Supabase, supabase_at

_numbers = count(1)


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """The server that the simulator pushes to; the tests hand on what matters to them."""
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
    simulator.reset_meter()
    yield simulator
    simulator.clear_faults()


@pytest.fixture
def gmail(google: Simulator) -> Mailbox:
    """A mailbox with three unread mails in its inbox."""
    mailbox = Mailbox(f"user{next(_numbers)}@gmail.example", google)
    google.create_mailbox(mailbox.email)
    mailbox.deliver(3, label_ids=["INBOX", "UNREAD"])
    return mailbox


@pytest.fixture
def account(gmail: Mailbox, ann: User) -> GmailAccount:
    """Ann's mailbox, read for the first time; no event is stored."""
    account = gmail.connect(ann)
    sync(account)
    forget_events()
    return account


@pytest.fixture
def reader(client: Client, account: GmailAccount) -> Client:
    """Ann's browser."""
    client.force_login(account.users.get())
    return client


@pytest.fixture
def gmail_id(gmail: Mailbox, account: GmailAccount) -> str:
    """A mail that came to ann's mailbox and was read; no event is stored."""
    (gmail_id,) = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    sync(account)
    forget_events()
    return gmail_id


@pytest.fixture
def google_certs(settings: Any) -> Iterator[CertsServer]:
    with CertsServer() as server:
        settings.PUBSUB_CERTS_URL = server.url
        yield server


@pytest.fixture
def mailbox(transactional_db: None) -> GmailAccount:
    """A connected mailbox whose history is known up to 100; it is not due."""
    return GmailAccount.objects.create(email=EMAIL, google_sub="1", state="connected", history_id=100)


@pytest.fixture
def web(shared: Stack) -> str:
    """The address of a web of ours."""
    return shared.url()


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    with HttpServer(Stranger) as server:
        yield server.address


@pytest.fixture
def scene(
    settings: Any,
    gmail: Mailbox,
    account: GmailAccount,
    web: str,
    stranger: str,
    tmp_path: Path,
    supabase: Supabase,
) -> Iterator[Scene]:
    """All is well, as the doctor sees it."""
    supabase.change(private_only=True)
    for name, value in supabase_at(supabase.url).items():
        setattr(settings, name, value)
    scene = Scene(settings, gmail, account, web, stranger, ExitStack())
    settings.PUBSUB_SUBSCRIPTION, settings.PUBSUB_PUSH_AUDIENCE = DOCTOR_SUBSCRIPTION, f"{web}/gmail/push/"
    settings.GOOGLE_APPLICATION_CREDENTIALS = write_key(tmp_path / "key.json", settings.GOOGLE_TOKEN_URL)
    httpx.put(f"{scene.root}/v1/{DOCTOR_SUBSCRIPTION}", json={"topic": TOPIC, "expirationPolicy": {}})
    scene.push_to()
    Heartbeat().beat_if_due()
    pubsub_api.service.cache_clear()
    with scene.end:
        yield scene
    pubsub_api.service.cache_clear()
    httpx.delete(f"{scene.root}/v1/{DOCTOR_SUBSCRIPTION}")
    gmail.mend()
    scene.policy(PUBLISHER)
