"""One stack a module: starting it takes longer than most of the tests."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.flows.page import Page
from tests.support.live import Stack
from tests.support.live_clients import SignedIn

_numbers = count(1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Two webs and a worker; a module may name other variables in ENV, and another number in WEBS."""
    env, webs = getattr(request.module, "ENV", None), getattr(request.module, "WEBS", 2)
    with Stack(tmp_path_factory.mktemp("stack"), env=env, webs=webs) as running:
        yield running


@pytest.fixture
def new_users(shared: Stack) -> Callable[[int], list[SignedIn]]:
    """Makes so many new users, each with an empty mailbox, `<name>@gmail.example`, that is connected and read."""

    def make(count: int) -> list[SignedIn]:
        names = [f"user{next(_numbers)}" for _ in range(count)]
        shared.create_users(*names)
        users = [shared.sign_in(name, create=False) for name in names]
        for user in users:
            user.connect(f"{user.name}@gmail.example")
        return users

    return make


@pytest.fixture
def user(new_users: Callable[[int], list[SignedIn]]) -> SignedIn:
    (user,) = new_users(1)
    return user


@pytest.fixture
def email(user: SignedIn) -> str:
    return f"{user.name}@gmail.example"


@pytest.fixture
def page(user: SignedIn) -> Iterator[Page]:
    """The user's page, at the first web."""
    with Page(user) as page:
        yield page
