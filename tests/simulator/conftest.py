"""One simulator for the tests that need no options of their own; each has a mailbox of its own."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.simulator.harness import TOPIC, MailboxClient, Simulator
from tests.simulator.receiver import Receiver

_numbers = count(1)


@pytest.fixture(scope="session")
def shared() -> Iterator[Simulator]:
    with Simulator("--topic", TOPIC) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared: Simulator) -> Simulator:
    shared.clear_faults()
    shared.reset_meter()
    return shared


@pytest.fixture
def mailbox(simulator: Simulator) -> MailboxClient:
    return simulator.mailbox(f"user{next(_numbers)}@example.com", messages=5)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running
