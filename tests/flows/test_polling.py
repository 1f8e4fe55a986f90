"""Google tells us nothing: polling alone brings every change."""

import random

import pytest

from tests.support.live import Stack
from tests.support.live_mailbox import act
from tests.support.live_page import Page
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

ENV = {"SYNC_POLL_SECONDS": "2", "SYNC_POLL_SILENT_SECONDS": "2"}


def test_lost_pushes_are_healed_by_polling(shared: Stack, email: str, page: Page) -> None:
    shared.simulator.fault("push", drop=True, times=None)
    act(shared, email, 20, random.Random(7))
    eventually(lambda: page.agrees(shared, email))
    assert len(page.frames) > 10
