"""One stack behind nginx a module, and users who reach it by https."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.flows.page import Page
from tests.proxies.nginx import NGINX, ProxiedStack, write_certificate
from tests.support.environment import STRICT
from tests.support.live_clients import SignedIn

_numbers = count(1)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where nginx has its files; the certificate is trusted meanwhile."""
    if NGINX is None:
        (pytest.fail if STRICT else pytest.skip)("needs nginx: apt-get install nginx")
    directory = tmp_path_factory.mktemp("nginx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(write_certificate(directory)))
        yield directory


@pytest.fixture(scope="module")
def proxied(directory: Path) -> Iterator[ProxiedStack]:
    """Two webs and a worker behind nginx."""
    with ProxiedStack(directory) as running:
        yield running


@pytest.fixture
def user(proxied: ProxiedStack) -> SignedIn:
    """Somebody new with an empty mailbox, `<name>@gmail.example`, that is connected and read."""
    user = proxied.sign_in(f"user{next(_numbers)}")
    user.connect(f"{user.name}@gmail.example")
    return user


@pytest.fixture
def email(user: SignedIn) -> str:
    return f"{user.name}@gmail.example"


@pytest.fixture
def page(user: SignedIn) -> Iterator[Page]:
    """The user's page."""
    with Page(user) as page:
        yield page
