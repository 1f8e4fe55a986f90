"""One stack behind nginx a module, whose users reach it by https."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proxies.nginx import NGINX, ProxiedStack, write_certificate
from tests.support.environment import STRICT


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder where nginx has its files; the certificate is trusted meanwhile."""
    if NGINX is None:
        (pytest.fail if STRICT else pytest.skip)("needs nginx: apt-get install nginx")
    directory = tmp_path_factory.mktemp("nginx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(write_certificate(directory)))
        yield directory


@pytest.fixture(scope="module")
def shared(directory: Path) -> Iterator[ProxiedStack]:
    """Two webs and a worker behind nginx."""
    with ProxiedStack(directory) as running:
        yield running
