"""setup_pubsub where there is no access control: Google's emulator."""

import base64
from collections.abc import Iterator
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.gmail_sync.management.cloud import Cloud, setup
from tests.simulator.harness import Simulator

pytestmark = pytest.mark.any_database


@pytest.fixture
def emulator(cloud: Cloud, settings: Any) -> Iterator[Cloud]:
    """Google's own emulator: no access control, and nobody asks for a service account."""
    with Simulator("--pubsub-emulator") as running:
        settings.PUBSUB_API_ROOT, cloud.root = running.url, running.url.rstrip("/")
        yield cloud


@pytest.mark.parametrize("with_account", [True, False])
def test_it_sets_up_googles_emulator(emulator: Cloud, settings: Any, with_account: bool) -> None:
    if not with_account:
        settings.GOOGLE_APPLICATION_CREDENTIALS = ""
    said = setup("--apply")
    assert "publisher role of Gmail" in said
    assert "no access control (501), as Google's emulator" in said
    assert said.endswith("2 changed.\n")
    assert emulator.get(emulator.subscription)["topic"] == emulator.topic
    assert setup("--apply").endswith("Everything is already so.\n")


def test_it_pulls_from_googles_emulator(emulator: Cloud, settings: Any, transactional_db: None) -> None:
    settings.GOOGLE_APPLICATION_CREDENTIALS = ""
    setup("--apply", "--pull")
    data = base64.b64encode(b'{"emailAddress":"ann@gmail.example","historyId":7}').decode()
    publish = {"messages": [{"data": data}]}
    httpx.post(f"{emulator.root}/v1/{emulator.topic}:publish", json=publish).raise_for_status()
    out = StringIO()
    call_command("pull_notifications", "--once", stdout=out)
    assert out.getvalue() == "1 notification taken.\n"


def test_it_wants_a_service_account_of_who_has_access_control(cloud: Cloud, settings: Any) -> None:
    settings.GOOGLE_APPLICATION_CREDENTIALS = ""
    with pytest.raises(CommandError, match="GOOGLE_APPLICATION_CREDENTIALS is not set"):
        call_command("pull_notifications", "--once")
