"""Gives every test its own environment, one real Valkey, the database of the run, and users."""

import atexit
import importlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from django.utils.functional import empty
from structlog.contextvars import clear_contextvars

from launcher.environment import free_ports, google_at
from launcher.probes import redis_answers
from launcher.run import valkey_command
from launcher.supervisor import Supervisor
from tests.support.choosing import pytest_addoption, pytest_collection_modifyitems  # noqa: F401  (hooks of pytest)
from tests.support.chromium import chromium_running
from tests.support.emptying import empty_tables
from tests.support.environment import ENVIRONMENT, NOBODY
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_database import run_kind
from tests.support.live_mending import mend
from tests.support.live_page import Page
from tests.support.supabase_fixtures import supabase, supabase_of_the_run  # noqa: F401  (fixtures of every test)

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from playwright.sync_api import Browser

directory = Path(tempfile.mkdtemp(prefix="finito-tests-"))
atexit.register(shutil.rmtree, directory, ignore_errors=True)
(redis_port,) = free_ports(1)
_numbers = count(1)
database_url = run_kind()
if database_url == "sqlite":
    database_url = f"sqlite:///{directory / 'finito.sqlite3'}"


def read_settings_again() -> None:
    """pytest-django has read the settings before any conftest; this reads them from the tests' environment."""
    for module in ("finito.settings", "finito.environment"):
        sys.modules.pop(module, None)
    settings._wrapped = empty
    importlib.reload(importlib.import_module("axes.conf"))  # it has set its defaults in the former settings
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if database_url.startswith("sqlite"):
        # A file: in memory SQLite has another kind of lock than in production.
        settings.DATABASES["default"]["TEST"] = {"NAME": str(directory / "test.sqlite3")}
    connections.close_all()
    vars(connections).clear()
    connections.__init__()  # type: ignore[misc]


# The machine decides how long an example takes, and how long it takes to make one: it may have other work.
hypothesis.settings.register_profile("finito", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("finito")

os.environ.update(ENVIRONMENT)
os.environ.update(google_at(NOBODY))
os.environ.update({"REDIS_URL": f"redis://127.0.0.1:{redis_port}/0", "DATABASE_URL": database_url})
read_settings_again()
TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


def pytest_configure(config: pytest.Config) -> None:
    # As Ctrl-C: the fixtures end what they have started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell bin/test what was skipped."""
    if file := os.environ.get("FINITO_TEST_SKIPPED"):
        with open(file, "a") as lines:
            for report in terminalreporter.stats.get("skipped", []):
                reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
                lines.write(f"{report.nodeid.partition('::')[0]}: {reason}\n")


@pytest.fixture(autouse=True)
def _tells_nothing_of_another_request() -> None:
    """Forget what a view of the test before said of its request; a server gives each a context of its own."""
    clear_contextvars()


@pytest.fixture(scope="session", autouse=True)
def _redis() -> Iterator[None]:
    supervisor = Supervisor(directory / "log")
    supervisor.start("redis", valkey_command(redis_port), dict(os.environ), directory)
    supervisor.wait(lambda: redis_answers(redis_port), 120, "redis did not answer")
    yield
    supervisor.end(["redis"], 5)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Two webs and a worker over the run's kind of database; see tests/support/live.py."""
    with Stack(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def usual_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two webs and a worker, one for all modules that ask for nothing else."""
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack for a module, since starting it takes longer than most of the tests: the usual one, in order.

    A module that names other variables in ENV, or another number in WEBS, has one of its own.
    """
    env, webs = getattr(request.module, "ENV", None), getattr(request.module, "WEBS", 2)
    if env is None and webs == 2:
        usual: Stack = request.getfixturevalue("usual_stack")
        mend(usual)
        yield usual
        return
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


@pytest.fixture
def ann(transactional_db: None, django_user_model: "type[User]") -> "User":
    return django_user_model.objects.create_user("ann", password="ann")


@pytest.fixture
def bob(transactional_db: None, django_user_model: "type[User]") -> "User":
    return django_user_model.objects.create_user("bob", password="bob")


@pytest.fixture
def operator(transactional_db: None, client: "Client", django_user_model: "type[User]") -> "Client":
    """The browser of somebody who may do everything in the admin."""
    client.force_login(django_user_model.objects.create_superuser("operator"))
    return client


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A headless Chromium. Of a module, since its event loop must be gone before the next module's tests."""
    with chromium_running() as browser:
        yield browser
