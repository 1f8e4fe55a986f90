"""One stack a module: starting it takes longer than most of the tests."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.flows.state import Follower
from tests.live import Stack
from tests.live_clients import SignedIn

_numbers = count(1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Two webs and a worker; a module may name other variables in ENV."""
    with Stack(tmp_path_factory.mktemp("stack"), env=getattr(request.module, "ENV", None)) as running:
        yield running


@pytest.fixture
def user(shared: Stack) -> SignedIn:
    """Somebody new with an empty mailbox, `<name>@gmail.example`, that is connected and read."""
    user = shared.sign_in(f"user{next(_numbers)}")
    with user.stream() as stream:
        user.connect(f"{user.name}@gmail.example")
        stream.wait_for("account.status", 30, where=lambda frame: frame.data["state"] == "connected")
    return user


@pytest.fixture
def email(user: SignedIn) -> str:
    return f"{user.name}@gmail.example"


@pytest.fixture
def page(user: SignedIn) -> Iterator[Follower]:
    """The user's page, at the first web."""
    follower = Follower(user)
    yield follower
    follower.close()
