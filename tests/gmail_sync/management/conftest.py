"""A Pub/Sub in which nothing is set up yet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gmail_sync.pubsub import api as pubsub_api
from tests.gmail_sync.management.cloud import ENDPOINT, Cloud
from tests.simulator.harness import Simulator
from tests.support.google.service_account import write_key


@pytest.fixture
def cloud(google: Simulator, transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Cloud]:
    """Nothing is set up yet."""
    cloud = Cloud(google.url.rstrip("/"))
    settings.GMAIL_PUBSUB_TOPIC, settings.PUBSUB_SUBSCRIPTION = cloud.topic, cloud.subscription
    settings.GOOGLE_APPLICATION_CREDENTIALS = write_key(tmp_path / "key.json", settings.GOOGLE_TOKEN_URL)
    settings.PUBSUB_PUSH_AUDIENCE = ENDPOINT
    pubsub_api.service.cache_clear()
    yield cloud
    pubsub_api.service.cache_clear()
